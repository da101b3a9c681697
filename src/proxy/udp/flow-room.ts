import { FLOWS, FLOWS_WAITING_BYTES } from '../limits.ts';

/** What all flows of one data plane share: how many there may be, and how much may wait in them. */
export class FlowRoom {
  /** Counted where they begin and end, and where it waits. */
  flows = 0;
  waitingBytes = 0;

  /** May there be one more? */
  get hasPlace(): boolean {
    return this.flows < FLOWS;
  }

  /** May so many bytes more wait? */
  hasRoom(bytes: number): boolean {
    return this.waitingBytes + bytes <= FLOWS_WAITING_BYTES;
  }
}

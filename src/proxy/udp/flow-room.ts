import type { Census } from '../census.ts';
import { FLOWS, FLOWS_WAITING_BYTES } from '../limits.ts';

/** What all flows of one data plane share: how many there may be, and how much may wait in them. */
export class FlowRoom {
  /** Counted where it waits. */
  waitingBytes = 0;
  /** Counts the flows, where they begin and end. */
  readonly #census: Census;

  constructor(census: Census) {
    this.#census = census;
  }

  /** May there be one more? */
  get hasPlace(): boolean {
    return this.#census.flows < FLOWS;
  }

  /** May so many bytes more wait? */
  hasRoom(bytes: number): boolean {
    return this.waitingBytes + bytes <= FLOWS_WAITING_BYTES;
  }
}

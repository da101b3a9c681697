import type { PartySocket } from '../party.ts';

/** Why a client's connection is not read: its request's server can take no more. */
export const SERVER_FULL = 1;
/** Or the bytes of another request are there, which must wait for their turn. */
export const NEXT_REQUEST = 2;

/** A connection is read when there is no reason against it. */
export class ReadHold {
  readonly #socket: PartySocket;
  /** Bits. */
  #reasons = 0;

  constructor(socket: PartySocket) {
    this.#socket = socket;
  }

  begin(reason: number): void {
    if (this.#reasons === 0) this.#socket.pause();
    this.#reasons |= reason;
  }

  isFor(reason: number): boolean {
    return (this.#reasons & reason) !== 0;
  }

  end(reason: number): void {
    const before = this.#reasons;
    this.#reasons &= ~reason;
    if (before !== 0 && this.#reasons === 0) this.#socket.resume();
  }

  endAll(): void {
    this.end(this.#reasons);
  }
}

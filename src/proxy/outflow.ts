import type { Census } from './census.ts';
import { HIGH_WATER_BYTES } from './limits.ts';
import type { PartySocket } from './party.ts';

/** What goes out on one connection: writes at once, and holds what the kernel does not take. */
export class Outflow {
  readonly #socket: PartySocket;
  readonly #census: Census;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #finishing = false;
  #finished = false;

  constructor(socket: PartySocket, census: Census) {
    this.#socket = socket;
    this.#census = census;
  }

  /** Is so much held that nothing new should be begun? */
  get full(): boolean {
    return this.#heldBytes >= HIGH_WATER_BYTES;
  }

  /** Takes all of `bytes`, or of a part of them (what is held is a copy). False: too much is held, pause the source. */
  send(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    let from = start;
    if (this.#held.length === 0) {
      const taken = this.#socket.write(bytes, start, end - start);
      if (taken === end - start || taken < 0) return true; // closed: `closed` follows and cleans up
      from += taken;
    }
    const rest = Uint8Array.prototype.slice.call(bytes, from, end); // Buffer's own slice would not copy
    this.#held.push(rest);
    this.#count(rest.length);
    return !this.full;
  }

  /** On `drain`. True: nothing is held any more, the source may go on. */
  flush(): boolean {
    for (;;) {
      const first = this.#held[0];
      if (first === undefined) break;
      const taken = this.#socket.write(first);
      if (taken < 0) {
        this.discard();
        break;
      }
      this.#count(-taken);
      if (taken < first.length) {
        this.#held[0] = first.subarray(taken);
        return false;
      }
      this.#held.shift();
    }
    if (this.#finishing) this.#shutdown();
    return true;
  }

  /** Closes the write side once all is written. */
  finish(): void {
    if (this.#held.length === 0) this.#shutdown();
    else this.#finishing = true;
  }

  /** Is the write side closed, after all was written? */
  get finished(): boolean {
    return this.#finished;
  }

  #shutdown(): void {
    this.#finishing = false;
    this.#finished = true;
    this.#socket.shutdown();
  }

  /** Forgets what is held: the connection is gone. */
  discard(): void {
    this.#held.length = 0;
    this.#count(-this.#heldBytes);
  }

  #count(bytes: number): void {
    this.#heldBytes += bytes;
    this.#census.heldBytes += bytes;
  }
}

import type { Census } from './census.ts';
import { HeldBytes } from './held-bytes.ts';
import { HIGH_WATER_BYTES } from './limits.ts';
import type { PartySocket } from './party.ts';

/** What goes out on one connection: writes at once, and holds what the kernel does not take. */
export class Outflow {
  readonly #socket: PartySocket;
  readonly #census: Census;
  readonly #held = new HeldBytes();
  #finishing = false;
  #finished = false;

  constructor(socket: PartySocket, census: Census) {
    this.#socket = socket;
    this.#census = census;
  }

  /** Is so much held that nothing new should be begun? */
  get full(): boolean {
    return this.#held.size >= HIGH_WATER_BYTES;
  }

  /** Was all written? */
  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Takes all of `bytes`, or of a part of them (what is held is a copy). False: too much is held, pause the source. */
  send(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    let from = start;
    if (this.#held.size === 0) {
      const taken = this.#socket.write(bytes, start, end - start);
      if (taken === end - start || taken < 0) return true; // closed: `closed` follows and cleans up
      from += taken;
    }
    this.#held.append(bytes, from, end);
    this.#census.heldBytes += end - from;
    return !this.full;
  }

  /** On `drain`. True: nothing is held any more, the source may go on. */
  flush(): boolean {
    for (let first = this.#held.first; first !== undefined; first = this.#held.first) {
      const { bytes, from, to } = first;
      const taken = this.#socket.write(bytes, from, to - from);
      if (taken < 0) {
        this.discard();
        break;
      }
      this.#held.take(taken);
      this.#census.heldBytes -= taken;
      if (taken < to - from) return false;
    }
    if (this.#finishing) this.#shutdown();
    return true;
  }

  /** Closes the write side once all is written. */
  finish(): void {
    if (this.#held.size === 0) this.#shutdown();
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

  /** The connection ends at once. */
  abandon(): void {
    this.discard();
    this.#socket.terminate();
  }

  /** Forgets what is held: the connection is gone. */
  discard(): void {
    this.#census.heldBytes -= this.#held.size;
    this.#held.clear();
  }
}

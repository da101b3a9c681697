import { EARLY_BYTES } from './limits.ts';

/** What arrives on a connection that is paused until its other half is there: bounded, and passed on later. */
export class EarlyBytes {
  readonly parts: Buffer[] = [];
  /** The sender will send no more. */
  ended = false;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Copies `bytes`; false when there are more than a paused connection can have. */
  add(bytes: Buffer): boolean {
    this.#size += bytes.length;
    this.parts.push(Buffer.from(bytes));
    return this.#size <= EARLY_BYTES;
  }
}

import { CONNECTION_WINDOW_BYTES, WINDOW_GROWTH_BYTES, WITHHELD_BYTES } from '../limits.ts';
import type { FrameOutput } from './frame-output.ts';
import { DEFAULT_WINDOW_BYTES } from './wire.ts';

/**
 * What a peer may send on a whole connection. Credited on receipt, so that a stream whose reader stands still does
 * not starve the others; until so much is held for such readers that they must.
 */
export class Receipts {
  #window = CONNECTION_WINDOW_BYTES;
  #owedBytes = 0;
  #withheldBytes = 0;
  #grownBytes = 0;
  readonly #output: FrameOutput;

  constructor(output: FrameOutput) {
    this.#output = output;
  }

  /** Widens the window from what every connection begins with. */
  open(): void {
    this.#output.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  /** Content came, with its padding. False: more than the window. */
  take(weightBytes: number): boolean {
    this.#window -= weightBytes;
    this.#owedBytes += weightBytes;
    if (2 * this.#owedBytes >= CONNECTION_WINDOW_BYTES) this.#credit();
    return this.#window >= 0;
  }

  /** So much more, or less, has gone to readers that stand still. */
  withheld(bytes: number): void {
    const before = this.#withheldBytes;
    this.#withheldBytes += bytes;
    if (before > WITHHELD_BYTES && 2 * this.#owedBytes >= CONNECTION_WINDOW_BYTES) this.#credit();
  }

  #credit(): void {
    if (this.#withheldBytes > WITHHELD_BYTES) return;
    this.#output.windowUpdate(0, this.#owedBytes);
    this.#window += this.#owedBytes;
    this.#owedBytes = 0;
  }

  /** May the window of a stream grow by so much? Then it has. */
  grow(bytes: number): boolean {
    if (this.#grownBytes + bytes > WINDOW_GROWTH_BYTES) return false;
    this.#grownBytes += bytes;
    return true;
  }

  /** A stream is gone whose window had grown. */
  shrink(bytes: number): void {
    this.#grownBytes -= bytes;
  }
}

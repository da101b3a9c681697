import { NO_BYTES } from '../no-bytes.ts';

/**
 * Bytes of one connection that wait: the beginning of a head, or what follows the message under way. They are
 * copied and searched in time that grows with their number, however small the parts are that they come in.
 */
export class Carry {
  #store = NO_BYTES;
  #length = 0;
  /** How many of those held, or taken last, hold no end of a head, as a search has shown. */
  searched = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** What waited and `bytes` behind it, for use before the next call: from now on nothing waits. */
  take(bytes: Buffer = NO_BYTES): Buffer {
    if (this.#length === 0) return bytes;
    const length = this.#length + bytes.length;
    if (length > this.#store.length) {
      const store = Buffer.allocUnsafe(2 * length);
      store.set(this.#store.subarray(0, this.#length));
      this.#store = store;
    }
    this.#store.set(bytes, this.#length);
    this.#length = 0;
    return this.#store.subarray(0, length);
  }

  /** Has these wait; they may be a part of what {@link take} gave. */
  hold(bytes: Buffer, searched: number): void {
    const from = bytes.byteOffset - this.#store.byteOffset;
    const own = bytes.buffer === this.#store.buffer && from >= 0 && from < this.#store.length;
    if (!own) this.#store = Buffer.from(bytes);
    else if (from > 0) this.#store.copyWithin(0, from, from + bytes.length);
    this.#length = bytes.length;
    this.searched = searched;
  }

  /** Nothing waits any more: gives the memory back. */
  clear(): void {
    this.#store = NO_BYTES;
    this.#length = 0;
    this.searched = 0;
  }
}

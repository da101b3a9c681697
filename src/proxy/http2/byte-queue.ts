import { NO_BYTES } from '../no-bytes.ts';

const MIN_BYTES = 256;

/** Bytes that wait, in one piece: copied in at the end and taken from the front. Holds no memory while it is empty. */
export class ByteQueue {
  /** Those that wait are `bytes[from]` up to, without, `bytes[to]`. */
  bytes: Buffer = NO_BYTES;
  from = 0;
  to = 0;

  get size(): number {
    return this.to - this.from;
  }

  append(source: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    this.to += source.copy(this.bytes, this.to, from, to);
  }

  #reserve(count: number): void {
    if (this.to + count <= this.bytes.length) return;
    const needed = this.size + count;
    // Half at least is free afterwards, so that each byte is moved a bounded number of times.
    if (2 * needed <= this.bytes.length) this.bytes.copyWithin(0, this.from, this.to);
    else {
      const larger = Buffer.allocUnsafeSlow(Math.max(MIN_BYTES, 2 * needed));
      this.bytes.copy(larger, 0, this.from, this.to);
      this.bytes = larger;
    }
    this.to -= this.from;
    this.from = 0;
  }

  /** The first `count` no longer wait. */
  take(count: number): void {
    this.from += count;
    if (this.from === this.to) this.clear();
  }

  clear(): void {
    this.bytes = NO_BYTES;
    this.from = 0;
    this.to = 0;
  }
}

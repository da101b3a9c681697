import { BufferPool } from './buffer-pool.ts';

/** Of a block for many bytes: the same ones are used again and again, since fresh memory costs more than the copy. */
const BLOCK_BYTES = 64 * 1024;
/** Blocks that are kept for the next who needs one: 16 MiB. */
const SPARE_BLOCKS = 256;
/** Fewer bytes than these get a block of their own size. */
const SMALL_BYTES = BLOCK_BYTES / 2;
const MIN_BLOCK_BYTES = 512;

const pool = new BufferPool(BLOCK_BYTES, SPARE_BLOCKS);

/** Bytes that wait to be written, copied, in the order in which they came. Holds no memory while it is empty. */
export class HeldBytes {
  readonly #blocks: Buffer[] = [];
  /** Where the first block's bytes begin. */
  #from = 0;
  /** Where the last block's bytes end. */
  #to = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.#size += end - start;
    for (let at = start; at < end; ) {
      const block = this.#room(end - at);
      const count = Math.min(end - at, block.length - this.#to);
      block.set(bytes.subarray(at, at + count), this.#to);
      this.#to += count;
      at += count;
    }
  }

  /** The last block, with room for a byte at least. */
  #room(wanted: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#to < last.length) return last;
    const block =
      wanted < SMALL_BYTES
        ? Buffer.allocUnsafeSlow(Math.max(MIN_BLOCK_BYTES, wanted))
        : pool.borrow();
    this.#blocks.push(block);
    this.#to = 0;
    return block;
  }

  /** Those that wait longest, `from` up to, without, `to`; undefined when none do. Valid until the next call. */
  get first(): { readonly bytes: Buffer; readonly from: number; readonly to: number } | undefined {
    const bytes = this.#blocks[0];
    if (bytes === undefined) return undefined;
    return { bytes, from: this.#from, to: this.#blocks.length === 1 ? this.#to : bytes.length };
  }

  /** The first `count` of {@link first} no longer wait. */
  take(count: number): void {
    this.#from += count;
    this.#size -= count;
    const first = this.#blocks[0];
    if (first === undefined) return;
    const end = this.#blocks.length === 1 ? this.#to : first.length;
    if (this.#from < end) return;
    this.#blocks.shift();
    pool.giveBack(first);
    this.#from = 0;
  }

  /** All of them in one piece; none wait afterwards. */
  takeAll(): Buffer {
    const all = Buffer.allocUnsafe(this.#size);
    let at = 0;
    for (let first = this.first; first !== undefined; first = this.first) {
      at += first.bytes.copy(all, at, first.from, first.to);
      this.take(first.to - first.from);
    }
    return all;
  }

  clear(): void {
    for (const block of this.#blocks) pool.giveBack(block);
    this.#blocks.length = 0;
    this.#from = 0;
    this.#to = 0;
    this.#size = 0;
  }
}

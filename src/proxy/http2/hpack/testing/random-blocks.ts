import type { Random } from '../../../../ports/index.ts';
import { writeInteger } from '../wire.ts';
import { huffmanEncoded } from './huffman-encode.ts';

const INDEXED = 0x80;
/** Literals that enter the table, that do not, and that never may. */
const LITERALS: readonly (readonly [first: number, prefixMask: number])[] = [
  [0x40, 0x3f],
  [0x40, 0x3f],
  [0x00, 0x0f],
  [0x10, 0x0f],
];

/** Blocks as a peer may send them that is at times careless, at times hostile. */
export class RandomBlocks {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Most are well formed, as far as can be known without the table; some are damaged. */
  next(): Buffer {
    const parts: Buffer[] = [];
    if (this.#below(8) === 0) parts.push(this.#integer(0x20, 0x1f, this.#below(5000)));
    const fields = this.#below(100) === 0 ? 300 : this.#below(8);
    for (let field = 0; field < fields; field++) parts.push(this.#field());
    const block = Buffer.concat(parts);
    return this.#below(10) === 0 ? this.#damaged(block) : block;
  }

  #below(limit: number): number {
    return Math.floor(this.#random.fraction() * limit);
  }

  #field(): Buffer {
    if (this.#below(3) === 0) return this.#integer(INDEXED, 0x7f, 1 + this.#below(63));
    const [first, prefixMask] = LITERALS[this.#below(LITERALS.length)] ?? [0, 0x0f];
    const index = Math.max(this.#below(86) - 23, 0);
    const name = index === 0 ? [this.#string(10)] : [];
    const longest = this.#below(50) === 0 ? 6000 : 40;
    return Buffer.concat([this.#integer(first, prefixMask, index), ...name, this.#string(longest)]);
  }

  #string(longest: number): Buffer {
    const length = this.#below(longest);
    // Visible characters, now and then any octet.
    const [from, to] = this.#below(20) === 0 ? [0, 256] : [33, 127];
    const plain = Buffer.from(Array.from({ length }, () => from + this.#below(to - from)));
    const isHuffman = this.#below(2) === 0;
    const octets = isHuffman ? huffmanEncoded(plain.toString('latin1')) : plain;
    return Buffer.concat([this.#integer(isHuffman ? 0x80 : 0, 0x7f, octets.length), octets]);
  }

  #integer(first: number, prefixMask: number, value: number): Buffer {
    const into = Buffer.alloc(8);
    return into.subarray(0, writeInteger(into, 0, first, prefixMask, value));
  }

  /** One octet is another, the block ends too early, or something stands in its middle. */
  #damaged(block: Buffer): Buffer {
    const at = this.#below(block.length);
    const before = block.subarray(0, at);
    switch (this.#below(4)) {
      case 0:
        return Buffer.concat([before, this.#random.bytes(1), block.subarray(at + 1)]);
      case 1:
        return before;
      case 2:
        return Buffer.concat([before, Buffer.alloc(this.#below(9), 0xff), block.subarray(at)]);
      default:
        return Buffer.concat([before, this.#random.bytes(this.#below(6)), block.subarray(at)]);
    }
  }
}

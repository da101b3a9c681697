/** FNV-1a's, of 32 bits. */
const START = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A digest over all that happened, in order: two runs of one seed must agree on it to the last bit.
 * Not cryptographic: it is there to find differences, not forgers.
 */
export class Trace {
  /** Two halves, mixed differently, so that 64 bits must agree. */
  #low = START;
  #high = ~START;
  #count = 0;
  readonly #time = new Float64Array(1);
  readonly #timeHalves = new Uint32Array(this.#time.buffer);

  /** Something of this `kind` happened to `host`; `content` stands for what it was about. */
  note(at: number, host: number, kind: number, content: number): void {
    this.#time[0] = at;
    this.#count++;
    this.#mix(this.#timeHalves[0] ?? 0);
    this.#mix(this.#timeHalves[1] ?? 0);
    this.#mix((host << 8) ^ kind);
    this.#mix(content);
  }

  /** Noted so far. */
  get count(): number {
    return this.#count;
  }

  /** 16 hex digits. */
  get digest(): string {
    return hex(this.#high) + hex(this.#low);
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, PRIME);
    this.#low ^= this.#low >>> 15;
    this.#high = (Math.imul(this.#high, 31) + (word ^ this.#low)) | 0;
  }
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** All bytes and their number in 32 bits, four at a time. */
export function contentDigest(bytes: Uint8Array): number {
  const { length } = bytes;
  let digest = START ^ length;
  let at = 0;
  for (; at + 3 < length; at += 4) {
    const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    const word = (a ?? 0) | ((b ?? 0) << 8) | ((c ?? 0) << 16) | ((d ?? 0) << 24);
    digest = Math.imul(digest ^ word, PRIME);
    digest ^= digest >>> 15;
  }
  for (; at < length; at++) digest = Math.imul(digest ^ (bytes[at] ?? 0), PRIME);
  return digest;
}

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

/** Where bytes are copied to, to be read four at a time: as much as any datagram and most records have. */
const bytesHere = new Uint8Array(2_048);
const wordsHere = new Int32Array(bytesHere.buffer);

/** All bytes and their number in 32 bits, four at a time. */
export function contentDigest(bytes: Uint8Array): number {
  const { length } = bytes;
  if (length > bytesHere.length) return longDigest(bytes);
  bytesHere.set(bytes);
  return digestHere(START ^ length, length);
}

/** Of those that are here, `length` of them, after what has the digest `start`. */
function digestHere(start: number, length: number): number {
  const words = length >>> 2;
  let digest = start;
  for (let at = 0; at < words; at++) {
    digest = Math.imul(digest ^ (wordsHere[at] ?? 0), PRIME);
    digest ^= digest >>> 15;
  }
  for (let at = words << 2; at < length; at++) {
    digest = Math.imul(digest ^ (bytesHere[at] ?? 0), PRIME);
  }
  return digest;
}

function longDigest(bytes: Uint8Array): number {
  let digest = START ^ bytes.length;
  for (let at = 0; at < bytes.length; at += bytesHere.length) {
    const part = bytes.subarray(at, at + bytesHere.length);
    bytesHere.set(part);
    digest = digestHere(digest, part.length);
  }
  return digest;
}

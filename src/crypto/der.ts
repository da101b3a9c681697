/**
 * A reader of DER (X.690 section 10): the one encoding that a certificate may have. It is strict on
 * purpose, since two readings of one certificate are an attack. It sees what `node:crypto` hides: which
 * extensions are critical, key usage, and every name with its own type.
 */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** Identifier octets (X.690 section 8.1.2) of what X.509 is made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  /** [n], primitive: an implicit string such as a GeneralName. */
  context: (n: number): number => 0x80 | n,
  /** [n], constructed: an explicit tag. */
  contextOf: (n: number): number => 0xa0 | n,
} as const;

const CONTEXT_CLASS = 0x80;
const HIGH_TAG_NUMBER = 0x1f;
const MAX_LENGTH_OCTETS = 3; // 16 MiB: more than any certificate that is read here

export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content: what is compared or signed. */
  readonly whole: Uint8Array;
}

/** Walks the values in `bytes` from first to last. Every method throws a DerError on what is not DER. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next value, of whatever tag. */
  any(): DerValue {
    const start = this.#at;
    const tag = this.#octet();
    if ((tag & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER) throw new DerError('a tag of several octets');
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError('a value longer than what holds it');
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag, content, whole: this.#bytes.subarray(start, end) };
  }

  /** The next value, which must have `tag`. */
  value(tag: number): DerValue {
    const found = this.optional(tag);
    if (found !== undefined) return found;
    const there = this.#bytes[this.#at];
    throw new DerError(`expected tag ${tag}, found ${there ?? 'the end'}`);
  }

  /** The next value when it has `tag`; else nothing is taken. */
  optional(tag: number): DerValue | undefined {
    return this.#bytes[this.#at] === tag ? this.any() : undefined;
  }

  /** A reader of the content of the next value, which must have `tag`. */
  inside(tag: number): DerReader {
    return new DerReader(this.value(tag).content);
  }

  /** All that is left, value by value. */
  *rest(): Generator<DerValue> {
    while (!this.atEnd) yield this.any();
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.atEnd) throw new DerError('something stands after the last value');
  }

  /** X.690 section 10.1: the definite form in the fewest octets. */
  #length(): number {
    const first = this.#octet();
    if (first < CONTEXT_CLASS) return first;
    const octets = first & 0x7f;
    if (octets === 0 || octets > MAX_LENGTH_OCTETS) throw new DerError('no length that DER has');
    let length = 0;
    for (let i = 0; i < octets; i += 1) length = length * 256 + this.#octet();
    const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
    if (shortest !== octets) throw new DerError('a length in more octets than it needs');
    return length;
  }

  #octet(): number {
    const octet = this.#bytes[this.#at];
    if (octet === undefined) throw new DerError('the end in the middle of a value');
    this.#at += 1;
    return octet;
  }
}

/** X.690 section 11.1: true is 0xFF, and a false that is the default is left out. */
export function readTrue(value: DerValue): true {
  if (value.content.length !== 1 || value.content[0] !== 0xff) throw new DerError('no DER boolean');
  return true;
}

/** A number of 0 to 127 (X.690 section 8.3). */
export function readSmall({ content }: DerValue): number {
  const [number, ...more] = content;
  if (number === undefined || number > 0x7f || more.length > 0)
    throw new DerError('no small number');
  return number;
}

/** The bits of a BIT STRING, first bit first (X.690 sections 8.6 and 11.2: unused bits are zero). */
export function readBits(value: DerValue): boolean[] {
  const [unused, ...octets] = value.content;
  const last = octets.at(-1) ?? 0;
  if (unused === undefined || unused > 7 || (last & ((1 << unused) - 1)) !== 0) {
    throw new DerError('no DER bit string');
  }
  const bits = octets.flatMap((octet) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => ((octet >> shift) & 1) === 1),
  );
  return bits.slice(0, Math.max(0, bits.length - unused));
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

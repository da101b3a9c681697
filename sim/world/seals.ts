const BYTES = 64;
const WORDS = BYTES / 4;
/** Of a public key, enough to tell it from all others: they are drawn at random. */
const KEY_BYTES = 8;

/**
 * Signatures of the simulated world: a keyed hash, of Ed25519's length. The key is the world's, and
 * a signer can be asked to sign only with the public key that it stands for, so no simulated member
 * can sign for another: real ones would cost 45 µs each.
 */
export class SimSeals {
  readonly bytes = BYTES;
  readonly #worldKey: number;
  /** Of the world's key and the signer's, which all that it signs begins with. */
  readonly #own: number;

  /** @param publicKey whose signatures it makes */
  constructor(worldKey: number, publicKey: Uint8Array) {
    this.#worldKey = worldKey;
    this.#own = mixed(worldKey, keyDigest(publicKey));
  }

  sign(context: string, payload: Uint8Array): Uint8Array {
    const seal = new Uint8Array(BYTES);
    writeSeal(digestOf(this.#own ^ contextDigest(context), payload, payload.length), seal, 0);
    return seal;
  }

  /** The same of all but the last bytes, in these. */
  seal(context: string, bytes: Uint8Array): void {
    const end = bytes.length - BYTES;
    writeSeal(digestOf(this.#own ^ contextDigest(context), bytes, end), bytes, end);
  }

  /** Is `signed` a payload with its signature behind it? */
  verify(context: string, publicKey: Uint8Array, signed: Uint8Array): boolean {
    const end = signed.length - BYTES;
    return end >= 0 && isSeal(this.#digest(context, publicKey, signed, end), signed, end);
  }

  /** The same of a payload whose signature stands elsewhere. */
  verifyApart(
    context: string,
    publicKey: Uint8Array,
    payload: Uint8Array,
    signature: Uint8Array,
  ): boolean {
    if (signature.length !== BYTES) return false;
    return isSeal(this.#digest(context, publicKey, payload, payload.length), signature, 0);
  }

  #digest(context: string, publicKey: Uint8Array, bytes: Uint8Array, end: number): number {
    const start = mixed(this.#worldKey, keyDigest(publicKey)) ^ contextDigest(context);
    return digestOf(start, bytes, end);
  }
}

/** What of each public key goes into its signatures; one and the same object has one key. */
const keys = new WeakMap<Uint8Array, number>();

function keyDigest(publicKey: Uint8Array): number {
  const known = keys.get(publicKey);
  if (known !== undefined) return known;
  let digest = 0;
  for (let at = 0; at < KEY_BYTES; at += 4) digest = mixed(digest, wordAt(publicKey, at));
  keys.set(publicKey, digest);
  return digest;
}

/** Of those that are signed under, of which there are few. */
const contexts = new Map<string, number>();

function contextDigest(context: string): number {
  const known = contexts.get(context);
  if (known !== undefined) return known;
  const digest = digestOf(0, new TextEncoder().encode(context), context.length);
  contexts.set(context, digest);
  return digest;
}

function writeSeal(digest: number, bytes: Uint8Array, at: number): void {
  let word = digest;
  for (let i = at; i < at + BYTES; i += 4) {
    word = next(word);
    bytes[i] = word;
    bytes[i + 1] = word >>> 8;
    bytes[i + 2] = word >>> 16;
    bytes[i + 3] = word >>> 24;
  }
}

function isSeal(digest: number, bytes: Uint8Array, at: number): boolean {
  let word = digest;
  for (let i = 0; i < WORDS; i++) {
    word = next(word);
    if (word !== wordAt(bytes, at + 4 * i)) return false;
  }
  return true;
}

function digestOf(start: number, bytes: Uint8Array, end: number): number {
  let digest = mixed(start, end);
  let at = 0;
  for (; at + 3 < end; at += 4) digest = mixed(digest, wordAt(bytes, at));
  for (; at < end; at++) digest = mixed(digest, bytes[at] ?? 0);
  return digest;
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) |
  ((bytes[at + 1] ?? 0) << 8) |
  ((bytes[at + 2] ?? 0) << 16) |
  ((bytes[at + 3] ?? 0) << 24);

function mixed(digest: number, word: number): number {
  const product = Math.imul(digest ^ word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** The next of the words that one digest is stretched to. */
const next = (word: number): number => mixed(word, 0x85ebca6b);

const BYTES = 64;
const WORDS = BYTES / 4;

/**
 * Signatures of the simulated world: a keyed hash, of Ed25519's length. The key is the world's, and
 * a signer can be asked to sign only with the public key that it stands for, so no simulated member
 * can sign for another: real ones would cost 45 µs each.
 */
export class SimSeals {
  readonly bytes = BYTES;
  readonly #worldKey: number;
  readonly #publicKey: Uint8Array;

  /** @param publicKey whose signatures it makes */
  constructor(worldKey: number, publicKey: Uint8Array) {
    this.#worldKey = worldKey;
    this.#publicKey = publicKey;
  }

  sign(context: string, payload: Uint8Array): Uint8Array {
    const seal = new Uint8Array(BYTES);
    let word = this.#digest(context, this.#publicKey, payload);
    for (let i = 0; i < WORDS; i++) {
      word = next(word);
      seal[4 * i] = word;
      seal[4 * i + 1] = word >>> 8;
      seal[4 * i + 2] = word >>> 16;
      seal[4 * i + 3] = word >>> 24;
    }
    return seal;
  }

  verify(
    context: string,
    publicKey: Uint8Array,
    payload: Uint8Array,
    signature: Uint8Array,
  ): boolean {
    if (signature.length !== BYTES) return false;
    let word = this.#digest(context, publicKey, payload);
    for (let i = 0; i < WORDS; i++) {
      word = next(word);
      if (word !== wordAt(signature, 4 * i)) return false;
    }
    return true;
  }

  #digest(context: string, publicKey: Uint8Array, payload: Uint8Array): number {
    let digest = this.#worldKey;
    for (let i = 0; i < context.length; i++) digest = mixed(digest, context.charCodeAt(i));
    return digestOf(digestOf(digest, publicKey), payload);
  }
}

function digestOf(start: number, bytes: Uint8Array): number {
  let digest = mixed(start, bytes.length);
  let at = 0;
  for (; at + 3 < bytes.length; at += 4) digest = mixed(digest, wordAt(bytes, at));
  for (; at < bytes.length; at++) digest = mixed(digest, bytes[at] ?? 0);
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

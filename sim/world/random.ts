import type { Random } from '../../src/ports/index.ts';

/** Rounds after seeding, until every bit of the state depends on every bit of the seed. */
const WARM_UP = 12;

/**
 * Repeatable randomness (sfc32). Each part of the world draws from a fork of its own, named for it,
 * so that one part that draws more often than before moves nothing in the others.
 */
export class SimRandom implements Random {
  readonly #seed: number;
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, name = 'world') {
    this.#seed = seed | 0;
    this.#name = name;
    const named = digestOf(name);
    this.#a = this.#seed;
    this.#b = named;
    this.#c = Math.imul(this.#seed, 0x9e3779b1) ^ named;
    for (let round = 0; round < WARM_UP; round++) this.word();
  }

  /** The same for each name, whatever was drawn here. */
  fork(name: string): SimRandom {
    return new SimRandom(this.#seed, `${this.#name}/${name}`);
  }

  /** 32 random bits, as a signed number. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum;
  }

  fraction(): number {
    return (this.word() >>> 0) / 2 ** 32;
  }

  /** Uniform among 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  /** Exponentially distributed with this mean: how long until what may happen at any moment. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = this.word() >>> 24;
    return bytes;
  }
}

function digestOf(name: string): number {
  let digest = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    digest = Math.imul(digest ^ name.charCodeAt(at), 0x01000193);
  }
  return digest;
}

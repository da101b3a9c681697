import type { Handle } from '../swim/roster.ts';

const BITS = 32;

/**
 * Members that answered from where their records say they are, under a number that was sent there. Of all others a
 * record alone says it, and whoever wrote that may have named a host that is none of its own. One bit a member.
 */
export class ProvenPlaces {
  #words = new Uint32Array(4);

  has(member: Handle): boolean {
    return ((this.#at(member) >>> (member % BITS)) & 1) === 1;
  }

  add(member: Handle): void {
    const word = Math.floor(member / BITS);
    if (word >= this.#words.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[word] = this.#at(member) | (1 << (member % BITS));
  }

  /** It is reached at another place, or is none any more: another may get its handle. */
  forget(member: Handle): void {
    if (this.has(member)) {
      this.#words[Math.floor(member / BITS)] = this.#at(member) & ~(1 << (member % BITS));
    }
  }

  #at(member: Handle): number {
    return this.#words[Math.floor(member / BITS)] ?? 0;
  }
}

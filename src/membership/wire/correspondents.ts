import type { Handle } from '../swim/roster.ts';

/** Of one member: who it is, the boot heard of last, the highest counter under it, which of those below came, and what was sent. */
const WORDS = 5;
/** The handle plus one, and {@link IS_PROVEN}; 0 where nobody stands. */
const MEMBER = 0;
const BOOT = 1;
const HIGHEST = 2;
const CAME = 3;
const SENT = 4;
/** How far a datagram may be overtaken by later ones; one bit each. */
export const WINDOW = 32;

/** It answered from where its record says that it is. */
const IS_PROVEN = 2 ** 31;
const HANDLE_BITS = IS_PROVEN - 1;

const FIRST_PLACES = 16;
/** Of the places, in use at most: so that few have to be looked at. */
const MOST_USED = 3 / 4;

/**
 * Takes each datagram of each member once (as RFC 4303 section 3.4.3 does), numbers those to it, and knows who has
 * answered from where its record says that it is, under a number that was sent there: of all others a record alone
 * says it, and whoever wrote that may have named a host that is none of its own. Of members with whom nothing was
 * exchanged nothing is kept: a node speaks with few of ten thousand in an hour. A hash table with linear probing
 * (Knuth, volume 3, section 6.4), all of a member side by side.
 */
export class Correspondents {
  #words = new Uint32Array(FIRST_PLACES * WORDS);
  #used = 0;

  /** The next number to this member: 2³² of them last 136 years at one a second. */
  next(to: Handle): number {
    const at = this.#claim(to);
    const number = this.#at(at + SENT) + 1;
    this.#words[at + SENT] = number;
    return number;
  }

  /** Has nothing under this number come yet? Changes nothing: whoever is not believed must not use it up. */
  isFresh(from: Handle, boot: number, counter: number): boolean {
    const at = this.#find(from);
    if (this.#at(at + MEMBER) === 0) return true;
    const known = this.#at(at + BOOT);
    if (boot !== known) return boot > known;
    const behind = this.#at(at + HIGHEST) - counter;
    if (behind < 0) return true;
    return behind < WINDOW && ((this.#at(at + CAME) >>> behind) & 1) === 0;
  }

  /** It has come, and its signature is good. */
  take(from: Handle, boot: number, counter: number): void {
    const at = this.#claim(from);
    if (boot !== this.#at(at + BOOT)) {
      this.#words[at + BOOT] = boot;
      this.#words[at + HIGHEST] = 0;
      this.#words[at + CAME] = 0;
    }
    const ahead = counter - this.#at(at + HIGHEST);
    if (ahead > 0) {
      this.#words[at + HIGHEST] = counter;
      this.#words[at + CAME] = ahead < WINDOW ? (this.#at(at + CAME) << ahead) | 1 : 1;
    } else {
      this.#words[at + CAME] = this.#at(at + CAME) | (1 << -ahead);
    }
  }

  /** Has it answered from where its record says that it is? */
  isProven(member: Handle): boolean {
    return this.#at(this.#find(member) + MEMBER) >= IS_PROVEN;
  }

  /** It has. */
  prove(member: Handle): void {
    const at = this.#claim(member);
    this.#words[at + MEMBER] = this.#at(at + MEMBER) | IS_PROVEN;
  }

  /** The same member stands at another place from now on, which it has to prove. */
  move(from: Handle, to: Handle): void {
    const at = this.#find(from);
    const words = this.#words.slice(at, at + WORDS);
    this.forget(from);
    this.forget(to);
    if (words[MEMBER] !== 0) this.#words.set(words.subarray(BOOT), this.#claim(to) + BOOT);
  }

  /** Another may get its place. */
  forget(member: Handle): void {
    const at = this.#find(member);
    if (this.#at(at + MEMBER) === 0) return;
    this.#used -= 1;
    this.#words.fill(0, at, at + WORDS);
    // Whoever stands behind it, up to the next gap, may have stood there for want of this place.
    for (let next = this.#after(at); this.#at(next + MEMBER) !== 0; next = this.#after(next)) {
      const words = this.#words.slice(next, next + WORDS);
      this.#words.fill(0, next, next + WORDS);
      this.#words.set(words, this.#find(memberOf(words[MEMBER] ?? 0)));
    }
  }

  /** Where this member stands, or would. */
  #find(member: Handle): number {
    const unusedBits = Math.clz32(this.#words.length / WORDS) + 1;
    // Handles are dense; multiplied by the golden ratio, they differ in their first bits (Knuth, the same section).
    let at = (Math.imul(member, 0x9e3779b1) >>> unusedBits) * WORDS;
    for (;;) {
      const stands = this.#at(at + MEMBER);
      if (stands === 0 || memberOf(stands) === member) return at;
      at = this.#after(at);
    }
  }

  #after(at: number): number {
    return at + WORDS === this.#words.length ? 0 : at + WORDS;
  }

  #claim(member: Handle): number {
    const at = this.#find(member);
    if (this.#at(at + MEMBER) !== 0) return at;
    if (this.#used >= (this.#words.length / WORDS) * MOST_USED) {
      this.#grow();
      return this.#claim(member);
    }
    this.#used += 1;
    this.#words[at + MEMBER] = member + 1;
    return at;
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += WORDS) {
      const stands = before[at + MEMBER] ?? 0;
      if (stands === 0) continue;
      this.#words.set(before.subarray(at, at + WORDS), this.#find(memberOf(stands)));
    }
  }

  #at(index: number): number {
    return this.#words[index] ?? 0;
  }
}

const memberOf = (stands: number): Handle => (stands & HANDLE_BITS) - 1;

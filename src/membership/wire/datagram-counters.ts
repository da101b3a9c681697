import type { Handle } from '../swim/roster.ts';

/** Per member: the boot heard of last, the highest counter under it, which of those below came, and what was sent. */
const WORDS = 4;
const BOOT = 0;
const HIGHEST = 1;
const CAME = 2;
const SENT = 3;
/** How far a datagram may be overtaken by later ones; one bit each. */
export const WINDOW = 32;

/**
 * Takes each datagram of each member once (as RFC 4303 section 3.4.3 does), and numbers those to it. Sixteen
 * bytes a member: there are as many members in a mesh as nodes that keep this of them.
 */
export class DatagramCounters {
  #words = new Uint32Array(64 * WORDS);

  /** The next number to this member: 2³² of them last 136 years at one a second. */
  next(to: Handle): number {
    const at = this.#place(to);
    const number = this.#at(at + SENT) + 1;
    this.#words[at + SENT] = number;
    return number;
  }

  /** Has nothing under this number come yet? Changes nothing: whoever is not believed must not use it up. */
  isFresh(from: Handle, boot: number, counter: number): boolean {
    const at = from * WORDS;
    const known = this.#at(at + BOOT);
    if (boot !== known) return boot > known;
    const behind = this.#at(at + HIGHEST) - counter;
    if (behind < 0) return true;
    return behind < WINDOW && ((this.#at(at + CAME) >>> behind) & 1) === 0;
  }

  /** It has come, and its signature is good. */
  take(from: Handle, boot: number, counter: number): void {
    const at = this.#place(from);
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

  /** The same member stands at another place from now on. */
  move(from: Handle, to: Handle): void {
    const place = this.#place(Math.max(from, to)) && to * WORDS;
    this.#words.copyWithin(place, from * WORDS, (from + 1) * WORDS);
    this.forget(from);
  }

  /** Another may get its place. */
  forget(member: Handle): void {
    this.#words.fill(0, member * WORDS, (member + 1) * WORDS);
  }

  #at(index: number): number {
    return this.#words[index] ?? 0;
  }

  #place(member: Handle): number {
    const needed = (member + 1) * WORDS;
    if (needed > this.#words.length) {
      const grown = new Uint32Array(Math.max(needed, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
    return member * WORDS;
  }
}

import type { Handle } from './roster.ts';

/** Of a tag: the beginning of a hash, by which datagrams name a member. */
export const TAG_BYTES = 8;

const NOBODY = -1;

/** Those who are meant among all that stand there. */
export interface Members {
  has(member: Handle): boolean;
}

/**
 * Members by their tags. Each datagram names two at least, so to find one makes no object and no string: the tags lie
 * side by side, and those members whose tags begin alike form a chain by their handles.
 */
export class TagTable {
  #tags = new Uint8Array(64 * TAG_BYTES);
  /** By handle: the next of its chain. */
  #next = new Int32Array(64);
  /** By the beginning of a tag: the first of its chain. As many as there are places for members. */
  #first = new Int32Array(64).fill(NOBODY);

  /** `tag` in hex. Several may have one: a member at each of its addresses. */
  add(member: Handle, tag: string): void {
    if (member >= this.#next.length) this.#grow(member);
    this.#tags.subarray(member * TAG_BYTES, (member + 1) * TAG_BYTES).setFromHex(tag);
    this.#link(member);
  }

  remove(member: Handle): void {
    const chain = this.#chainOf(this.#tags, member * TAG_BYTES);
    let before = NOBODY;
    for (let at = this.#first[chain] ?? NOBODY; at !== member; at = this.#next[at] ?? NOBODY) {
      if (at === NOBODY) return;
      before = at;
    }
    const rest = this.#next[member] ?? NOBODY;
    if (before === NOBODY) this.#first[chain] = rest;
    else this.#next[before] = rest;
  }

  /** Writes a member's tag into `bytes` from `at` on. */
  write(member: Handle, bytes: Uint8Array, at: number): void {
    const from = member * TAG_BYTES;
    for (let i = 0; i < TAG_BYTES; i++) bytes[at + i] = this.#tags[from + i] ?? 0;
  }

  /** The one of `members` with the tag that begins at `at`: the latest of them. */
  find(bytes: Uint8Array, at: number, members: Members): Handle | undefined {
    let member = this.#first[this.#chainOf(bytes, at)] ?? NOBODY;
    while (member !== NOBODY) {
      if (this.#isTagOf(member, bytes, at) && members.has(member)) return member;
      member = this.#next[member] ?? NOBODY;
    }
    return undefined;
  }

  #isTagOf(member: Handle, bytes: Uint8Array, at: number): boolean {
    const from = member * TAG_BYTES;
    for (let i = 0; i < TAG_BYTES; i++) {
      if (this.#tags[from + i] !== bytes[at + i]) return false;
    }
    return true;
  }

  /** All bits of a hash are as good as any others. */
  #chainOf(bytes: Uint8Array, at: number): number {
    const begin = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return begin & (this.#first.length - 1);
  }

  #link(member: Handle): void {
    const chain = this.#chainOf(this.#tags, member * TAG_BYTES);
    this.#next[member] = this.#first[chain] ?? NOBODY;
    this.#first[chain] = member;
  }

  #grow(member: Handle): void {
    const members = [...this.#members()];
    let places = this.#next.length;
    while (places <= member) places *= 2;
    const tags = new Uint8Array(places * TAG_BYTES);
    tags.set(this.#tags);
    this.#tags = tags;
    this.#next = new Int32Array(places);
    this.#first = new Int32Array(places).fill(NOBODY);
    for (const one of members) this.#link(one);
  }

  *#members(): Iterable<Handle> {
    for (const first of this.#first) {
      for (let at = first; at !== NOBODY; at = this.#next[at] ?? NOBODY) yield at;
    }
  }
}

import { contentDigest } from '../trace.ts';
import type { Link } from './connection.ts';
import { Copies } from './copies.ts';
import type { Frame } from './lane.ts';

/**
 * One message of a topic, the same object wherever it goes: who has seen it, and since when, stands
 * here and not in tables of each member.
 */
export class Published implements Frame {
  readonly topic: number;
  readonly bytes: Uint8Array;
  readonly digest: number;
  readonly copies = new Copies((member) => this.isSeen(member));
  /** By member: when it saw it, plus one; 0 when it did not. */
  #seen: Float64Array;

  constructor(topic: number, bytes: Uint8Array, members: number) {
    this.topic = topic;
    this.bytes = bytes;
    this.digest = contentDigest(bytes);
    this.#seen = new Float64Array(members);
  }

  isSeen(member: number): boolean {
    return (this.#seen[member] ?? 0) > 0;
  }

  isSeenByAll(members: readonly number[]): boolean {
    for (const member of members) if (!this.isSeen(member)) return false;
    return true;
  }

  /** Since when it has it; `Infinity` when it has it not. */
  seenAt(member: number): number {
    const seen = this.#seen[member] ?? 0;
    return seen > 0 ? seen - 1 : Number.POSITIVE_INFINITY;
  }

  /** False when it had seen it before. */
  see(member: number, now: number): boolean {
    if (this.isSeen(member)) return false;
    if (member >= this.#seen.length) {
      const grown = new Float64Array(2 * member + 1);
      grown.set(this.#seen);
      this.#seen = grown;
    }
    this.#seen[member] = now + 1;
    return true;
  }

  arrive(at: Link): void {
    at.own.topics.received(this, at);
  }
}

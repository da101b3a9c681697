import type { Handle } from './roster.ts';

/** The unit in which time is kept: 13 years fit. */
const TICK_MS = 100;

/**
 * How much each member may say: so many at once, and one more each so often. Kept as the one moment at which all
 * that it said is paid for (the generic cell rate algorithm of ITU-T I.371), four bytes a member.
 */
export class Allowance {
  readonly #everyTicks: number;
  readonly #burstTicks: number;
  #paidAt = new Uint32Array(64);

  constructor(burst: number, everyMs: number) {
    this.#everyTicks = Math.ceil(everyMs / TICK_MS);
    this.#burstTicks = this.#everyTicks * burst;
  }

  has(member: Handle, now: number): boolean {
    return this.#paidAfterNext(member, now) - now / TICK_MS <= this.#burstTicks;
  }

  /** Takes one, if there is one. */
  take(member: Handle, now: number): boolean {
    if (!this.has(member, now)) return false;
    if (member >= this.#paidAt.length) this.#grow(member);
    this.#paidAt[member] = this.#paidAfterNext(member, now);
    return true;
  }

  #paidAfterNext(member: Handle, now: number): number {
    return Math.max(this.#paidAt[member] ?? 0, Math.floor(now / TICK_MS)) + this.#everyTicks;
  }

  #grow(member: Handle): void {
    const grown = new Uint32Array(Math.max(this.#paidAt.length * 2, member + 1));
    grown.set(this.#paidAt);
    this.#paidAt = grown;
  }
}

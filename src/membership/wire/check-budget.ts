import type { Handle } from '../swim/roster.ts';

/**
 * Signature checks within one second, 35 µs each. A member sends a few datagrams a second, some tens while a
 * mesh heals; those whose source address is nobody's may be members behind an address translation.
 */
export const CHECKS_PER_MEMBER = 200;
/** The first in each second, whoever sends them: so that at rest nothing is counted by member. */
export const CHECKS_OF_ANYBODY = 100;
export const CHECKS_FOR_STRANGERS = 100;
/**
 * Beside all others, for answers under a number that this node has asked under: none can foresee it, so no flood
 * makes a node deaf to those whom it asks. More than it ever asks.
 */
export const CHECKS_FOR_ANSWERS = 300;
/** All others together: a tenth of a core. */
export const CHECKS = 3_000;
/** Members share a count with those whose places differ by a multiple of this. */
const SHARES = 256;
const PERIOD_MS = 1_000;

/**
 * Bounds the work that false datagrams can make. They are counted by what they claim to come from: so whoever
 * forges the address of one member takes nothing from the others.
 */
export class CheckBudget {
  readonly #used = new Uint16Array(SHARES);
  #strangers = 0;
  #all = 0;
  #answers = 0;
  #endsAt = Number.NEGATIVE_INFINITY;

  /** May this datagram's signature be checked now? `isAtHome`: it came from where the member is reached. */
  allows(member: Handle, isAtHome: boolean, now: number): boolean {
    if (now >= this.#endsAt) this.#begin(now);
    if (this.#all >= CHECKS) return false;
    if (!(isAtHome ? this.#takesShare(member) : this.#takesStrangers())) return false;
    this.#all += 1;
    return true;
  }

  /** May the signature of an answer that is waited for be checked now? */
  allowsAnswer(now: number): boolean {
    if (now >= this.#endsAt) this.#begin(now);
    if (this.#answers >= CHECKS_FOR_ANSWERS) return false;
    this.#answers += 1;
    return true;
  }

  #takesShare(member: Handle): boolean {
    if (this.#all < CHECKS_OF_ANYBODY) return true;
    const share = member % SHARES;
    const used = this.#used[share] ?? 0;
    if (used >= CHECKS_PER_MEMBER) return false;
    this.#used[share] = used + 1;
    return true;
  }

  #takesStrangers(): boolean {
    if (this.#strangers >= CHECKS_FOR_STRANGERS) return false;
    this.#strangers += 1;
    return true;
  }

  #begin(now: number): void {
    this.#endsAt = now + PERIOD_MS;
    if (this.#all > CHECKS_OF_ANYBODY) this.#used.fill(0);
    this.#strangers = 0;
    this.#all = 0;
    this.#answers = 0;
  }
}

import { Allowance } from './allowance.ts';
import { INCARNATIONS_PER_START, LIFE_CLAIM_EVERY_MS, REFUTATIONS_AT_ONCE } from './limits.ts';
import type { LifeClaim } from './message.ts';
import type { Statements } from './statements.ts';

/** Between two refutations: accusers in between see for themselves that this node answers. */
const REFUTE_EVERY_MS = 1_000;

/** There is one who says it. */
const OWN = 0;

/** What this node says of itself. */
export class OwnLife {
  readonly #statements: Statements;
  #incarnation: number;
  #claim: LifeClaim | undefined;
  #refutedAt = Number.NEGATIVE_INFINITY;
  readonly #refutations = new Allowance(REFUTATIONS_AT_ONCE, LIFE_CLAIM_EVERY_MS);

  constructor(incarnation: number, statements: Statements) {
    this.#incarnation = incarnation;
    this.#statements = statements;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get isLeaving(): boolean {
    return this.#claim?.leaving ?? false;
  }

  /** Lives on under this incarnation, if it is a later one. */
  raise(incarnation: number): LifeClaim | undefined {
    if (incarnation <= this.#incarnation || this.isLeaving) return undefined;
    this.#incarnation = incarnation;
    this.#claim = undefined;
    return this.claim();
  }

  claim(): LifeClaim {
    this.#claim ??= this.#statements.life(this.#incarnation, false);
    return this.#claim;
  }

  leave(): LifeClaim {
    this.#claim = this.#statements.life(this.#incarnation, true);
    return this.#claim;
  }

  /**
   * Once a second at most, no more often than others take it, and only as often as one start has incarnations: then
   * its answers alone speak for it, as they do when it has taken leave.
   */
  mayRefute(now: number): boolean {
    if (this.isLeaving || now < this.#refutedAt + REFUTE_EVERY_MS) return false;
    if (!this.#refutations.has(OWN, now)) return false;
    return (this.#incarnation + 1) % INCARNATIONS_PER_START !== 0;
  }

  /** Accused as it is now, and as often as it may, it lives on under the next incarnation. */
  refute(now: number): LifeClaim {
    this.#refutedAt = now;
    this.#refutations.take(OWN, now);
    this.#incarnation += 1;
    this.#claim = undefined;
    return this.claim();
  }
}

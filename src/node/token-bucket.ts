import type { Clock } from '../ports/index.ts';

/** How much may be spent at once, and how much of it comes back each second. */
export interface Allowance {
  readonly most: number;
  readonly perSecond: number;
}

/** What is left of an {@link Allowance}. One may spend more than there is, and waits for it afterwards. */
export class TokenBucket {
  readonly #allowance: Allowance;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #left: number;
  #countedAt: number;

  constructor(allowance: Allowance, clock: Pick<Clock, 'monotonic'>) {
    this.#allowance = allowance;
    this.#clock = clock;
    this.#left = allowance.most;
    this.#countedAt = clock.monotonic();
  }

  spend(amount: number): void {
    this.#left = this.#leftNow() - amount;
  }

  /** Until something may be spent, milliseconds; 0 when it may be now. */
  waitMs(): number {
    const left = this.#leftNow();
    return left >= 1 ? 0 : Math.ceil(((1 - left) * 1_000) / this.#allowance.perSecond);
  }

  /** Nothing was spent of late. */
  isFull(): boolean {
    return this.#leftNow() >= this.#allowance.most;
  }

  #leftNow(): number {
    const now = this.#clock.monotonic();
    const back = ((now - this.#countedAt) * this.#allowance.perSecond) / 1_000;
    this.#countedAt = now;
    this.#left = Math.min(this.#allowance.most, this.#left + back);
    return this.#left;
  }
}

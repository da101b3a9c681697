import { OFFENCE_HALF_LIFE_MS, OFFENCE_WEIGHT } from './limits.ts';

/** What one peer delivered that was rejected, fading with time. */
export class Offences {
  #count = 0;
  #at = 0;

  add(now: number): void {
    this.#count = this.#of(now) + 1;
    this.#at = now;
  }

  /** 0, or below. */
  score(now: number): number {
    return this.#count === 0 ? 0 : -OFFENCE_WEIGHT * this.#of(now);
  }

  #of(now: number): number {
    return this.#count * 0.5 ** ((now - this.#at) / OFFENCE_HALF_LIFE_MS);
  }
}

import { SHOWINGS_AT_ONCE, SHOWINGS_PERIOD_MS } from './limits.ts';

/**
 * How often this node may show others what it learned: many times at once, as after a partition, and then seldom.
 * A liar that says old news all day, each of it to one member, would otherwise keep a whole mesh comparing.
 */
export class Showings {
  #left = SHOWINGS_AT_ONCE;
  #at = 0;

  /** May it be done once more? Times are monotonic. */
  take(now: number): boolean {
    this.#left = Math.min(SHOWINGS_AT_ONCE, this.#left + (now - this.#at) / SHOWINGS_PERIOD_MS);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

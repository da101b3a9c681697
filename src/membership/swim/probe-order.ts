import type { Random } from '../../ports/index.ts';
import type { Handle } from './roster.ts';

/**
 * Goes through all places in rounds, each place once a round, in an order that differs by round and node (SWIM
 * section 4.3): a random start and a random stride that has no factor in common with their number. So there
 * is no list to shuffle or to keep.
 */
export class ProbeOrder {
  readonly #random: Random;
  #places = 0;
  #left = 0;
  #at = 0;
  #stride = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next place that `isWanted`; undefined when a whole round has none. */
  next(places: number, isWanted: (place: Handle) => boolean): Handle | undefined {
    for (let seen = 0; seen < 2 * places; seen++) {
      if (this.#left === 0) this.#begin(places);
      if (this.#left === 0) return undefined;
      this.#left -= 1;
      this.#at = (this.#at + this.#stride) % this.#places;
      if (isWanted(this.#at)) return this.#at;
    }
    return undefined;
  }

  #begin(places: number): void {
    this.#places = places;
    this.#left = places;
    this.#at = Math.floor(this.#random.fraction() * places);
    this.#stride = 1 + Math.floor(this.#random.fraction() * places);
    while (commonFactor(this.#stride, places) > 1) this.#stride += 1;
  }
}

function commonFactor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low > 0) [high, low] = [low, high % low];
  return high;
}

import type { Witness } from '../witness/index.ts';

/** A promise of the system that is checked from outside of it, on what its nodes do and hold. */
export interface Check extends Witness {
  /** As a sentence. */
  readonly promise: string;
  /** Asked once, when the run is over: why the promise was broken, in words; nothing when it was kept. */
  breaches(): readonly string[];
}

/** Breaches that are told in words; of more only the number is. */
const MAX_TOLD = 3;

/** Breaches as they are found: the first few, and how many there were. */
export class BreachList {
  readonly #told: string[] = [];
  #count = 0;

  add(breach: string): void {
    this.#count++;
    if (this.#told.length < MAX_TOLD) this.#told.push(breach);
  }

  all(): readonly string[] {
    const more = this.#count - this.#told.length;
    return more === 0 ? this.#told : [...this.#told, `and ${more} more`];
  }
}

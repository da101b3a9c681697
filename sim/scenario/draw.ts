import { seededRandom } from '../../src/ports/testing/index.ts';

/** Draws from what one seed gives. */
export class Draw {
  readonly #fraction: () => number;

  constructor(seed: number) {
    this.#fraction = seededRandom(seed).fraction;
  }

  chance(share: number): boolean {
    return this.#fraction() < share;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.#fraction();
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  of<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length - 1)] ?? choices[0];
  }

  some<T>(choices: readonly T[], share: number): readonly T[] {
    return choices.filter(() => this.chance(share));
  }

  /** So many of them, each once, in a drawn order. */
  few<T>(choices: readonly T[], count: number): readonly T[] {
    const left = [...choices];
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(this.whole(0, left.length - 1), 1),
    ).flat();
  }
}

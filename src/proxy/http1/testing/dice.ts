import { seededRandom } from '../../../ports/testing/index.ts';

/** Chances of a generator: the same seed throws the same. */
export class Dice {
  readonly #fraction: () => number;

  constructor(seed: number) {
    this.#fraction = seededRandom(seed).fraction;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#fraction() * count);
  }

  /** True once in so many throws. */
  onceIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** At most `max` places in a text of this length, in their order. */
  cuts(length: number, max: number): number[] {
    return Array.from({ length: this.below(max + 1) }, () => this.below(length + 1)).sort(
      (a, b) => a - b,
    );
  }
}

/**
 * How well this node does (Lifeguard, "local health multiplier"): 0 is well; the worse, the longer it waits
 * before it blames others.
 */
export class LocalHealth {
  readonly #max: number;
  #score = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  better(): void {
    if (this.#score > 0) this.#score -= 1;
  }

  worse(): void {
    if (this.#score < this.#max) this.#score += 1;
  }
}

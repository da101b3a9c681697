/** Longer ones count as this long, milliseconds: an hour. */
const LONGEST_MS = 3_600_000;

/**
 * Many spans of time, to the millisecond: counted by length, so that millions of them cost as much as
 * the longest, and quantiles are exact.
 */
export class Durations {
  #counts = new Uint32Array(1_024);
  #count = 0;
  #longestMs = 0;

  get count(): number {
    return this.#count;
  }

  /** NaN when there is none. */
  get longestMs(): number {
    return this.#count === 0 ? Number.NaN : this.#longestMs;
  }

  add(ms: number): void {
    const at = Math.min(LONGEST_MS, Math.max(0, Math.round(ms)));
    while (at >= this.#counts.length) {
      const grown = new Uint32Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count++;
    if (at > this.#longestMs) this.#longestMs = at;
  }

  /** The length that a share of all does not exceed; NaN when there is none. */
  quantileMs(share: number): number {
    if (this.#count === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let ms = 0; ms <= this.#longestMs; ms++) {
      seen += this.#counts[ms] ?? 0;
      if (seen >= wanted) return ms;
    }
    return this.#longestMs;
  }
}

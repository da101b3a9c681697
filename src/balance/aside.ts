import type { Clock, Random } from '../ports/index.ts';

const FIRST_ASIDE_MS = 1_000;
const LONGEST_ASIDE_MS = 30_000;
/** Spread, so that all sidecars do not come back to an endpoint at once. */
const JITTER = 0.2;

/**
 * The health of one endpoint as its callers see it: after a failure it is set aside, 1 s at first,
 * twice as long with each failure in a row, 30 s at most, each ±20 %. One success clears it.
 */
export class Aside {
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #untilMs = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Costs a look at the clock only where there was a failure. */
  get active(): boolean {
    return this.#failures > 0 && this.#clock.monotonic() < this.#untilMs;
  }

  failed(): void {
    const nominalMs = Math.min(FIRST_ASIDE_MS * 2 ** this.#failures, LONGEST_ASIDE_MS);
    const jitter = 1 + JITTER * (2 * this.#random.fraction() - 1);
    this.#failures += 1;
    this.#untilMs = this.#clock.monotonic() + nominalMs * jitter;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}

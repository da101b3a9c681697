import type { Clock } from '../ports/index.ts';

/** Before a process that ended is started again, milliseconds: the first time, and at most. */
const DELAY_MS = { first: 100, longest: 10_000 } as const;
/** Without an end for so long, the next one counts as the first, milliseconds. */
const FORGOTTEN_AFTER_MS = 60_000;

/** How long to wait before a process is started again: twice as long each time, while one end follows another. */
export class RestartDelay {
  readonly #clock: Clock;
  #ends = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The process ended now. Milliseconds. */
  next(): number {
    const now = this.#clock.monotonic();
    if (now - this.#lastMs > FORGOTTEN_AFTER_MS) this.#ends = 0;
    const delayMs = Math.min(DELAY_MS.first * 2 ** this.#ends, DELAY_MS.longest);
    this.#ends = Math.min(this.#ends + 1, 16);
    this.#lastMs = now + delayMs;
    return delayMs;
  }
}

import type { Clock, EpochMs, Timer } from '../time.ts';

interface Waiting {
  at: number;
  readonly periodMs: number | undefined;
  readonly run: () => void;
}

/** A clock that stands still until {@link FakeClock.advance} moves it, running what falls due in order. */
export class FakeClock implements Clock {
  #now: EpochMs;
  #elapsed = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(start: EpochMs = Date.UTC(2030, 0, 1)) {
    this.#now = start;
  }

  /** Whole milliseconds, as a host's clock has them. */
  now(): EpochMs {
    return Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#wait({ at: this.#elapsed + delayMs, periodMs: undefined, run });
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#wait({ at: this.#elapsed + periodMs, periodMs, run });
  }

  /** Sets the wall clock without letting time pass, as a host whose clock is set. */
  jump(to: EpochMs): void {
    this.#now = to;
  }

  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const due = [...this.#waiting].filter((w) => w.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#moveTo(Math.max(due.at, this.#elapsed));
      if (due.periodMs === undefined) this.#waiting.delete(due);
      else due.at += due.periodMs;
      due.run();
    }
    this.#moveTo(end);
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }

  #wait(waiting: Waiting): Timer {
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }
}

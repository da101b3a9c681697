import type { Clock, Log, Timer } from '../ports/index.ts';

/** How often everything open is looked at, for what changes by itself: time, risk, the end of a token. */
const PERIOD_MS = 1_000;
/** A request that arrives meanwhile waits no longer than this. */
const SLICE_MS = 1;

/** What is open, and may have to end before its time. */
export interface Reviewed {
  /** Looks again, and ends what may not go on. */
  review(): void;
  /** Ends it. */
  abandon(): void;
}

/**
 * Has all requests and connections under way decide again whether they may go on: at each change and every second, in slices
 * between which traffic flows.
 */
export class Review {
  readonly #clock: Clock;
  readonly #all: () => Iterator<Reviewed>;
  readonly #log: Log;
  readonly #timer: Timer;
  #pass: Iterator<Reviewed> | undefined;
  #next: Timer | undefined;
  /** Something changed while a pass was under way: what it had behind it must be seen again. */
  #again = false;

  /** `all`: what is open, in the order in which it is looked at; what opens or closes meanwhile comes or is left out. */
  constructor(clock: Clock, all: () => Iterator<Reviewed>, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#all = all;
    this.#timer = clock.every(PERIOD_MS, () => {
      if (this.#pass === undefined) this.begin();
    });
  }

  begin(): void {
    if (this.#pass !== undefined) {
      this.#again = true;
      return;
    }
    this.#pass = this.#all();
    this.#slice();
  }

  stop(): void {
    this.#timer.cancel();
    this.#next?.cancel();
  }

  #slice(): void {
    const pass = this.#pass;
    if (pass === undefined) return;
    const endMs = this.#clock.monotonic() + SLICE_MS;
    for (let step = pass.next(); step.done !== true; step = pass.next()) {
      this.#look(step.value);
      if (this.#clock.monotonic() < endMs) continue;
      this.#next = this.#clock.after(0, () => this.#slice());
      return;
    }
    this.#pass = undefined;
    if (!this.#again) return;
    this.#again = false;
    this.begin();
  }

  #look(open: Reviewed): void {
    try {
      open.review();
    } catch (error) {
      // A defect of ours, and what cannot be decided is not permitted. The others are looked at all the same.
      this.#log.error('what is open could not be decided on again', { error });
      open.abandon();
    }
  }
}

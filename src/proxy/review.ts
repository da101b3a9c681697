import type { Clock, Log, Timer } from '../ports/index.ts';
import type { Exchange, OpenExchanges } from './http/index.ts';

/** How often everything open is looked at, for what changes by itself: time, risk, the end of a token. */
const PERIOD_MS = 1_000;
/** A request that arrives meanwhile waits no longer than this. */
const SLICE_MS = 1;

/**
 * Has all requests and connections under way decide again whether they may go on: at each change and every second, in slices
 * between which traffic flows.
 */
export class Review {
  readonly #clock: Clock;
  readonly #exchanges: OpenExchanges;
  readonly #log: Log;
  readonly #timer: Timer;
  #pass: Iterator<Exchange> | undefined;
  #next: Timer | undefined;
  /** Something changed while a pass was under way: what it had behind it must be seen again. */
  #again = false;

  constructor(clock: Clock, exchanges: OpenExchanges, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#exchanges = exchanges;
    this.#timer = clock.every(PERIOD_MS, () => {
      if (this.#pass === undefined) this.begin();
    });
  }

  begin(): void {
    if (this.#pass !== undefined) {
      this.#again = true;
      return;
    }
    this.#pass = this.#exchanges.all();
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

  #look(exchange: Exchange): void {
    try {
      exchange.review();
    } catch (error) {
      // A defect of ours, and what cannot be decided is not permitted. The others are looked at all the same.
      this.#log.error('a request could not be decided on again', { error });
      exchange.abandon();
    }
  }
}

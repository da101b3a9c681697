import type { Clock, Timer } from '../ports/index.ts';

const TICK_MS = 100;

/** Something that may fall due. `dueMs` is on the clock's monotonic scale; Infinity: nothing awaited. */
export interface Timed {
  dueMs: number;
  /** Called once `dueMs` has passed (and again each tick until it is moved). */
  expired(): void;
}

/**
 * One timer for all timeouts of a data plane. To start, move or stop one is to write a number, so
 * that a request costs no timer; the price is that a timeout is up to {@link TICK_MS} late.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #items = new Set<Timed>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonic();
  }

  add(item: Timed): void {
    this.#items.add(item);
    this.#timer ??= this.#clock.every(TICK_MS, () => this.#tick());
  }

  remove(item: Timed): void {
    this.#items.delete(item);
    if (this.#items.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#clock.monotonic();
    for (const item of this.#items) if (item.dueMs <= now) item.expired();
  }
}

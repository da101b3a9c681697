import type { Clock, Log, Timer } from '../ports/index.ts';

const TICK_MS = 100;

/** An instant that does not come; as a span, one that does not end. */
export const NEVER = Number.POSITIVE_INFINITY;

/** Something that may fall due. `dueMs` is on the clock's monotonic scale; {@link NEVER}: nothing is awaited. */
export interface Timed {
  dueMs: number;
  /** Called once `dueMs` has passed (and again each tick until it is moved). */
  expired(): void;
  /** It cannot go on: ends at once. */
  abandon(): void;
}

/**
 * One timer for all timeouts of a data plane. To start, move or stop one is to write a number, so
 * that a request costs no timer; the price is that a timeout is up to {@link TICK_MS} late.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #items = new Set<Timed>();
  #timer: Timer | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
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
    for (const item of this.#items) {
      if (item.dueMs > now) continue;
      try {
        item.expired();
      } catch (error) {
        // A defect of ours, and no handler of a socket stands around it: it ends this item only.
        this.#log.error('what fell due could not be ended in order', { error });
        this.#items.delete(item);
        item.abandon();
      }
    }
  }
}

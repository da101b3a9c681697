import type { Clock, Log, Timer } from '../../ports/index.ts';
import type { RecordStore } from '../record-store.ts';
import { MAINTENANCE_PERIOD_MS, QUIET_PERIOD_MS } from './limits.ts';

export interface UpkeepOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly log: Log;
  /** What is due to be said again may have been: not now. */
  readonly isHeldUp: () => boolean;
}

/** Has records kept up when something of them is due, and tries again while something stays so. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  #timer: Timer | undefined;
  /** When it is looked next, by the monotonic clock. */
  #at = Number.POSITIVE_INFINITY;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.records.onChange(() => this.#arm());
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#at = Number.NEGATIVE_INFINITY;
  }

  /** Sooner when something is due sooner; never later. */
  #arm(): void {
    const { records, clock } = this.#options;
    const dueInMs = records.dueAt - clock.now();
    const waitMs = Math.min(QUIET_PERIOD_MS, Math.max(MAINTENANCE_PERIOD_MS, dueInMs));
    const at = clock.monotonic() + waitMs;
    if (at >= this.#at) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = clock.after(waitMs, () => this.#look());
  }

  #look(): void {
    const { records, log, isHeldUp } = this.#options;
    try {
      if (!isHeldUp()) records.maintain();
    } catch (error) {
      // A full disk, say: what is in force stays so, and the next turn tries again.
      log.error('records could not be kept up', { error });
    }
    if (this.#at === Number.NEGATIVE_INFINITY) return; // stopped by who was told of it
    this.#at = Number.POSITIVE_INFINITY;
    this.#arm();
  }
}

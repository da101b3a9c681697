import type { Clock, EpochMs, Log, Timer } from '../../ports/index.ts';
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
  readonly #records: RecordStore;
  #timer: Timer | undefined;
  /** What was due first when that was looked at. */
  #dueAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** When it is looked next, by the monotonic clock. */
  #at = Number.POSITIVE_INFINITY;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#records = options.records;
  }

  start(): void {
    this.#arm();
  }

  /** Something else is in force. */
  changed(): void {
    if (this.#records.dueAt < this.#dueAt) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#dueAt = Number.NEGATIVE_INFINITY;
    this.#at = Number.NEGATIVE_INFINITY;
  }

  /** Sooner when something is due sooner; never later. */
  #arm(): void {
    const { clock } = this.#options;
    this.#dueAt = this.#records.dueAt;
    const dueInMs = this.#dueAt - clock.now();
    const waitMs = Math.min(QUIET_PERIOD_MS, Math.max(MAINTENANCE_PERIOD_MS, dueInMs));
    const at = clock.monotonic() + waitMs;
    if (at >= this.#at) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = clock.after(waitMs, () => this.#look());
  }

  #look(): void {
    const { log, isHeldUp } = this.#options;
    try {
      if (!isHeldUp()) this.#records.maintain();
    } catch (error) {
      // A full disk, say: what is in force stays so, and the next turn tries again.
      log.error('records could not be kept up', { error });
    }
    if (this.#at === Number.NEGATIVE_INFINITY) return; // stopped by who was told of it
    this.#at = Number.POSITIVE_INFINITY;
    this.#arm();
  }
}

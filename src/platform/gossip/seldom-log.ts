import type { Clock, Log, LogFields } from '../../ports/index.ts';
import { SELDOM_LOG_PERIOD_MS } from './limits.ts';

/**
 * For lines that peers cause, members or not: of each kind the first in {@link SELDOM_LOG_PERIOD_MS} is written, with
 * how many were not since the one before.
 */
export class SeldomLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #kinds = new Map<string, { at: number; unlogged: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `kind` is one of a closed set. */
  warn(message: string, kind: string, fields: LogFields): void {
    const last = this.#kinds.get(kind);
    const now = this.#clock.monotonic();
    if (last !== undefined && now - last.at < SELDOM_LOG_PERIOD_MS) {
      last.unlogged++;
      return;
    }
    this.#kinds.set(kind, { at: now, unlogged: 0 });
    this.#log.warn(message, { ...fields, unlogged: last?.unlogged ?? 0 });
  }
}

import type { Clock, Gauge, Log, Meter, Timer } from '../ports/index.ts';
import type { RecordStore } from '../replication/index.ts';

/** How often this host's clock is compared with the members', milliseconds: it may be set at any moment. */
const LOOK_MS = 10_000;

export interface ClockWatchParts {
  readonly records: Pick<RecordStore, 'ownClockProblem'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Says in the log, once each time, that this host's clock went wrong: a node at rest would not notice until it has something to say. */
export class ClockWatch {
  readonly #parts: ClockWatchParts;
  readonly #wrong: Gauge<never>;
  readonly #look: Timer;
  #isWrong = false;

  constructor(parts: ClockWatchParts) {
    this.#parts = parts;
    this.#wrong = parts.meter.gauge({
      name: 'selvage_clock_wrong',
      help: 'Whether the clock of this host is so far from most members’ that it issues nothing: 1, or 0',
      labels: [],
    });
    this.#wrong.set({}, 0);
    this.#look = parts.clock.every(LOOK_MS, () => this.#compare());
  }

  stop(): void {
    this.#look.cancel();
  }

  #compare(): void {
    const { records, log } = this.#parts;
    const problem = records.ownClockProblem();
    const isWrong = problem !== undefined;
    if (isWrong === this.#isWrong) return;
    this.#isWrong = isWrong;
    this.#wrong.set({}, isWrong ? 1 : 0);
    if (isWrong) log.error('this host’s clock is wrong', { problem });
    else log.info('this host’s clock is right again', {});
  }
}

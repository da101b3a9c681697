import type { Clock } from '../../ports/index.ts';
import { ALLOWANCE_BYTES, REQUEST_TIMEOUT_MS, TURN_BYTES, TURN_MS } from './limits.ts';

/** Why a comparison ends before its end. */
export type Overdraft = 'time' | 'bytes' | 'allowance';

/** What one comparison may cost, and what it has. */
export class PullBudget {
  readonly #clock: Clock;
  readonly #endsAt: number;
  #spentBytes = 0;
  #newBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endsAt = clock.monotonic() + TURN_MS;
  }

  /** How long the next answer may take; above zero while there is no overdraft. */
  get answerTimeoutMs(): number {
    return Math.min(REQUEST_TIMEOUT_MS, this.#endsAt - this.#clock.monotonic());
  }

  spend(bytes: number): void {
    this.#spentBytes += bytes;
  }

  /** So many of the bytes were records that this node did not have. */
  learned(bytes: number): void {
    this.#newBytes += bytes;
  }

  get overdraft(): Overdraft | undefined {
    if (this.#clock.monotonic() >= this.#endsAt) return 'time';
    if (this.#spentBytes >= TURN_BYTES) return 'bytes';
    return this.#spentBytes - 2 * this.#newBytes >= ALLOWANCE_BYTES ? 'allowance' : undefined;
  }
}

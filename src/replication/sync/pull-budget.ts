import type { Clock } from '../../ports/index.ts';

/** How long one peer is listened to at a stretch, milliseconds; then it is the turn of others. */
export const TURN_MS = 10_000;
/** How much is exchanged with one peer at a stretch, bytes. */
export const TURN_BYTES = 16 * 1024 * 1024;
/**
 * What a comparison may cost, bytes, beside twice the new records that it brings. Between honest
 * members digests and heads are a tenth of the records that they lead to; a peer that lacks far more than it
 * has to give is asked again when it has caught up.
 */
export const ALLOWANCE_BYTES = 128 * 1024;
/** For one answer, milliseconds. */
export const REQUEST_TIMEOUT_MS = 3_000;

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

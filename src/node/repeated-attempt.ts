import { retryAfterMs } from '../identity/index.ts';
import type { Clock, EpochMs, Random, Timer } from '../ports/index.ts';

interface RepeatedAttemptParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly attempt: () => Promise<void>;
  /** Until when there is time to try; undefined while there is no hurry. */
  readonly endsAt: () => EpochMs | undefined;
  readonly failed: (error: unknown) => void;
}

/** Something to be done at a time, and again with growing pauses until it succeeds. One attempt at a time. */
export class RepeatedAttempt {
  readonly #parts: RepeatedAttemptParts;
  #timer: Timer | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(parts: RepeatedAttemptParts) {
    this.#parts = parts;
  }

  /** Begins at that time instead of any other. */
  due(at: EpochMs): void {
    this.#failures = 0;
    this.#wait(at - this.#parts.clock.now());
  }

  /** There is nothing to do for now. */
  rest(): void {
    this.#timer?.cancel();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #wait(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.max(0, delayMs), () => void this.#try());
  }

  /** Whoever succeeds says when it is due again. */
  async #try(): Promise<void> {
    const { attempt, failed, clock, random, endsAt } = this.#parts;
    try {
      await attempt();
    } catch (error) {
      failed(error);
      this.#failures += 1;
      const leftMs = (endsAt() ?? Number.POSITIVE_INFINITY) - clock.now();
      this.#wait(retryAfterMs(this.#failures, leftMs, random));
    }
  }
}

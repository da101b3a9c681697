import type { Clock, PeerId, Timer } from '../../ports/index.ts';
import { CATCH_UP_MS, CATCH_UP_PEERS, CATCH_UP_QUESTIONS, FURTHER_ANSWERS_MS } from './limits.ts';

export interface CatchUpParts {
  readonly clock: Clock;
  /** Gets what a peer holds of this node; false when it did not answer. */
  readonly ask: (peer: PeerId) => Promise<boolean>;
  /** How many other members there are, as far as is known. */
  readonly others: number;
}

/**
 * Before a starting node says anything it hears what it has said: its disk may be a copy of an older state,
 * and what it would write then has been written before, with another content.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #done = Promise.withResolvers<void>();
  readonly #timers: Timer[] = [];
  /** Peers to ask when others have answered in vain. */
  readonly #waiting: PeerId[] = [];
  #asked = 0;
  #missing: number;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
    this.#missing = Math.min(CATCH_UP_PEERS, parts.others);
    if (this.#missing === 0) this.end();
    else this.#endAfter(CATCH_UP_MS);
  }

  /** Resolves when enough peers have answered, or it has lasted long enough; at once when there are no others. */
  get ended(): Promise<void> {
    return this.#done.promise;
  }

  /** A peer that can be asked. */
  met(peer: PeerId): void {
    this.#waiting.push(peer);
    this.#askNext();
  }

  #askNext(): void {
    if (this.#missing <= 0 || this.#asked >= CATCH_UP_QUESTIONS) return;
    const peer = this.#waiting.shift();
    if (peer !== undefined) void this.#ask(peer);
  }

  async #ask(peer: PeerId): Promise<void> {
    this.#asked++;
    const isAnswered = await this.#parts.ask(peer);
    this.#asked--;
    if (isAnswered && this.#missing > 0) this.#answered();
    this.#askNext();
  }

  #answered(): void {
    this.#missing--;
    if (this.#missing > 0) this.#endAfter(FURTHER_ANSWERS_MS);
    else this.end();
  }

  end(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    this.#missing = 0;
    this.#done.resolve();
  }

  #endAfter(delayMs: number): void {
    this.#timers.push(this.#parts.clock.after(delayMs, () => this.end()));
  }
}

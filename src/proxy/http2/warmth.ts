import { NEVER, type Timed } from '../deadlines.ts';
import { WARM_DIALS, WARM_RETRY_MAX_MS, WARM_RETRY_MS, WARM_SPREAD_MS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';

/**
 * When a connection to one server is to be opened ahead of need. The moment is left to chance within a span, since
 * what one sidecar hears makes a thousand of them dial; a server that failed is left alone for longer each time.
 */
export class Warmth implements Timed {
  dueMs = NEVER;
  readonly #runtime: Runtime;
  readonly #open: () => void;
  #failures = 0;
  #opening = false;
  #ended = false;

  constructor(runtime: Runtime, open: () => void) {
    this.#runtime = runtime;
    this.#open = open;
  }

  /** A connection is being opened, or will be. */
  get isRising(): boolean {
    return this.#opening || this.dueMs !== NEVER;
  }

  /** One is wanted within `spanMs`, unless the server failed: that has a time of its own. */
  within(spanMs: number): void {
    if (this.#failures === 0) this.at(this.#runtime.deadlines.now(), spanMs);
  }

  /** One is wanted at `ms` (monotonic) or up to `spanMs` later. */
  at(ms: number, spanMs: number): void {
    if (this.#ended || this.#opening) return;
    this.dueMs = Math.min(this.dueMs, ms + this.#runtime.random.fraction() * spanMs);
    this.#runtime.deadlines.add(this);
  }

  /** There is one. */
  ready(): void {
    this.#failures = 0;
    this.#opening = false;
    this.#rest();
  }

  /** None came about. */
  failed(): void {
    if (!this.#opening) return; // it was not opened ahead of need: who needs it asks again
    this.#opening = false;
    const waitMs = Math.min(WARM_RETRY_MS * 2 ** this.#failures, WARM_RETRY_MAX_MS);
    this.#failures += 1;
    this.at(this.#runtime.deadlines.now() + 0.8 * waitMs, 0.4 * waitMs);
  }

  /** None is wanted any more. */
  end(): void {
    this.#ended = true;
    this.#rest();
  }

  abandon(): void {
    this.end();
  }

  expired(): void {
    const { connections, census, deadlines } = this.#runtime;
    if (connections.isRetiring) {
      this.end();
    } else if (census.dialling >= WARM_DIALS) {
      this.dueMs = deadlines.now() + WARM_SPREAD_MS;
    } else {
      this.#rest();
      this.#opening = true;
      this.#open();
    }
  }

  #rest(): void {
    this.dueMs = NEVER;
    this.#runtime.deadlines.remove(this);
  }
}

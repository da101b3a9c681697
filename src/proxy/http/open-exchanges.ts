import type { Log } from '../../ports/index.ts';
import type { Census } from '../census.ts';
import type { Timed } from '../deadlines.ts';
import type { Exchange } from './exchange.ts';

/** All requests and connections under way in one data plane, so that each can be decided on again, and falls due. */
export class OpenExchanges implements Timed {
  /** Due at each tick: it asks all of them. */
  readonly dueMs = Number.NEGATIVE_INFINITY;
  readonly #open = new Set<Exchange>();
  readonly #census: Census;
  readonly #now: () => number;
  readonly #log: Log;

  constructor(census: Census, now: () => number, log: Log) {
    this.#census = census;
    this.#now = now;
    this.#log = log;
  }

  begun(exchange: Exchange): void {
    this.#open.add(exchange);
    this.#census.exchanges += 1;
  }

  ended(exchange: Exchange): void {
    if (this.#open.delete(exchange)) this.#census.exchanges -= 1;
  }

  /** Those that begin or end meanwhile come or are left out. */
  all(): Iterable<Exchange> {
    return this.#open.values();
  }

  /** The data plane goes on without them. */
  abandon(): void {
    for (const exchange of this.#open) exchange.abandon();
  }

  expired(): void {
    const now = this.#now();
    for (const exchange of this.#open) {
      if (exchange.dueMs > now) continue;
      try {
        exchange.expired();
      } catch (error) {
        // A defect of ours: it ends this exchange only.
        this.#log.error('a request that fell due could not be ended in order', { error });
        exchange.abandon();
      }
    }
  }
}

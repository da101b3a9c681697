import type { Clock, Random } from '../ports/index.ts';
import { Aside } from './aside.ts';

interface Candidate<E> {
  endpoint: E;
  readonly aside: Aside;
}

/**
 * Chooses among the endpoints of one service: in turn, leaving out those that failed lately. When
 * all of them did, all are used: a wrong guess costs one try, no guess costs every request.
 */
export class Balancer<E extends { readonly id: string }> {
  readonly #clock: Clock;
  readonly #random: Random;
  #candidates: readonly Candidate<E>[] = [];
  #next: number;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#next = Math.floor(random.fraction() * 2 ** 16); // callers begin at different endpoints
  }

  /** Replaces the endpoints; what is known of those that stay is kept. */
  update(endpoints: readonly E[]): void {
    const known = new Map(this.#candidates.map((candidate) => [candidate.endpoint.id, candidate]));
    this.#candidates = endpoints.map((endpoint) => ({
      endpoint,
      aside: known.get(endpoint.id)?.aside ?? new Aside(this.#clock, this.#random),
    }));
  }

  /** The next endpoint that is not in `tried`, a healthy one where there is any; undefined when none is left. */
  pick(tried: readonly E[] = []): E | undefined {
    const count = this.#candidates.length;
    let fallback: E | undefined;
    for (let step = 0; step < count; step++) {
      const candidate = this.#candidates[(this.#next + step) % count];
      if (candidate === undefined || tried.some(({ id }) => id === candidate.endpoint.id)) continue;
      if (!candidate.aside.active) {
        this.#next = (this.#next + step + 1) % count;
        return candidate.endpoint;
      }
      fallback ??= candidate.endpoint;
    }
    if (fallback !== undefined) this.#next = (this.#next + 1) % count;
    return fallback;
  }

  failed(endpoint: E): void {
    this.#of(endpoint)?.aside.failed();
  }

  succeeded(endpoint: E): void {
    this.#of(endpoint)?.aside.succeeded();
  }

  #of(endpoint: E): Candidate<E> | undefined {
    return this.#candidates.find((candidate) => candidate.endpoint.id === endpoint.id);
  }
}

import type { NodeName } from '../core/index.ts';
import {
  type AuthorityEnd,
  authorityEnd,
  authorityEndWarning,
  type TrustStore,
} from '../governance/index.ts';
import type { Clock, Gauge, Log, Meter, Timer } from '../ports/index.ts';

/** How often it is said in the log that an authority's certificate is about to end, milliseconds. */
const SAYING_PERIOD_MS = 24 * 3_600_000;

export interface AuthorityDatesParts {
  readonly trust: Pick<TrustStore, 'current'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Until when each authority's CA certificate is good: told early enough for people to put another one in force. */
export class AuthorityDates {
  readonly #parts: AuthorityDatesParts;
  readonly #metric: Gauge<'authority'>;
  readonly #saying: Timer;
  #ends: readonly AuthorityEnd[] = [];

  constructor(parts: AuthorityDatesParts) {
    this.#parts = parts;
    this.#metric = parts.meter.gauge({
      name: 'selvage_authority_certificate_expiry_timestamp_seconds',
      help: 'When the CA certificate of an authority ends, seconds since 1970',
      labels: ['authority'],
    });
    this.follow();
    this.#say();
    this.#saying = parts.clock.every(SAYING_PERIOD_MS, () => this.#say());
  }

  /** Measures again: to be called when something else is in force. */
  readonly follow = (): void => {
    const gone = new Set<NodeName>(this.#ends.map(({ node }) => node));
    this.#ends = this.#parts.trust.current().authorities.flatMap((one) => authorityEnd(one) ?? []);
    for (const { node, endsAt } of this.#ends) {
      gone.delete(node);
      this.#metric.set({ authority: node }, endsAt / 1_000);
    }
    for (const node of gone) this.#metric.remove({ authority: node });
  };

  /** In words, with what to type; empty while all is well. */
  warnings(): string[] {
    const now = this.#parts.clock.now();
    return this.#ends.flatMap((end) => authorityEndWarning(end, now) ?? []);
  }

  stop(): void {
    this.#saying.cancel();
  }

  #say(): void {
    for (const detail of this.warnings()) {
      this.#parts.log.warn('the certificate of an authority is about to end', { detail });
    }
  }
}

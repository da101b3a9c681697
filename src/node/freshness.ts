import { formatDuration } from '../core/index.ts';
import type { TrustStore } from '../governance/index.ts';
import type { Clock, EpochMs, Gauge, Meter, Timer } from '../ports/index.ts';

/** How often the clock is looked at: clocks are set, and hosts sleep. */
const LOOK_MS = 1_000;

export interface FreshnessParts {
  readonly trust: Pick<TrustStore, 'current' | 'repository' | 'onAdopted'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

/**
 * Whether an authority has said lately that what is in force here is the newest. A node of which that is not true
 * goes on with what it verified last, and says so; its sidecars go on or deny everything, as the governors want.
 */
export class Freshness {
  readonly #parts: FreshnessParts;
  readonly #metric: Gauge<never>;
  readonly #listeners: (() => void)[] = [];
  readonly #looks: Timer;
  #said: string;
  /** The timestamp in force, and when it came, by this node's clock; of before the start, the start. */
  #heard: { readonly timestamp: object; readonly atMs: EpochMs };

  constructor(parts: FreshnessParts) {
    const { trust, clock, meter } = parts;
    this.#parts = parts;
    this.#metric = meter.gauge({
      name: 'selvage_trust_stale',
      help: '1 when no authority was heard of for longer than maxStaleness, else 0',
      labels: [],
    });
    this.#heard = this.#hear();
    this.#said = this.#measured();
    trust.onAdopted(() => {
      if (trust.repository().timestamp !== this.#heard.timestamp) this.#heard = this.#hear();
      this.#look();
    });
    this.#looks = clock.every(LOOK_MS, () => this.#look());
  }

  /**
   * Until when what is in force counts as fresh: the end of the timestamp, or `maxStaleness` after it came, if that is
   * earlier. One key online signs it: it must not let a node that is cut off believe for ever that it is not.
   */
  get endsAt(): EpochMs {
    const { trust } = this.#parts;
    const { expires } = trust.repository().timestamp.signed;
    return Math.min(
      Date.parse(expires),
      this.#heard.atMs + trust.current().settings.maxStalenessMs,
    );
  }

  /** Since when it does not, milliseconds since 1970; undefined while it does. */
  get staleSince(): EpochMs | undefined {
    return this.endsAt <= this.#parts.clock.now() ? this.endsAt : undefined;
  }

  /** From when on sidecars deny everything; undefined where they go on. */
  get denyFromMs(): EpochMs | undefined {
    return this.#parts.trust.current().settings.whenStale === 'deny' ? this.endsAt : undefined;
  }

  /** What a person should know, in words; empty while all is well. */
  warnings(): string[] {
    const { trust } = this.#parts;
    if (this.staleSince === undefined) return [];
    const { version, settings } = trust.current();
    const limit = formatDuration(settings.maxStalenessMs);
    const goesOn =
      settings.whenStale === 'keep'
        ? `it goes on with version ${version}`
        : 'its sidecars deny every call';
    return [
      `no authority has been heard of for longer than maxStaleness (${limit}): ${goesOn}; start an authority or let this node reach one, and look at this host’s clock`,
    ];
  }

  /** Called when it is stale, is so no more, or sidecars are to deny from another moment on. */
  onChange(changed: () => void): void {
    this.#listeners.push(changed);
  }

  stop(): void {
    this.#looks.cancel();
  }

  #hear(): { readonly timestamp: object; readonly atMs: EpochMs } {
    const { trust, clock } = this.#parts;
    return { timestamp: trust.repository().timestamp, atMs: clock.now() };
  }

  #look(): void {
    const now = this.#measured();
    if (now === this.#said) return;
    this.#said = now;
    for (const listener of this.#listeners) listener();
  }

  #measured(): string {
    const { staleSince, denyFromMs } = this;
    this.#metric.set({}, staleSince === undefined ? 0 : 1);
    return `${staleSince} ${denyFromMs}`;
  }
}

import type { Clock, Counter, Gauge, Log, Meter, ScratchDirs } from '../../ports/index.ts';
import type {
  Repository,
  TrustOffer,
  TrustRefusal,
  TrustRefusalReason,
} from '../repository/index.ts';
import type { TrustStore } from '../trust-store.ts';
import { type VerifiedTrust, verifyTrust } from '../verification/index.ts';

export interface IntakeParts {
  readonly store: TrustStore;
  readonly scratch: ScratchDirs;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Judges an offer by what is held, what is offered and the time, and by nothing else. */
  readonly verify?: typeof verifyTrust;
  /** Told of each repository that was replaced. */
  readonly followed: (before: Repository) => void;
}

/** What came of one look at somebody's repository; labels of a metric. */
type IntakeResult = 'adopted' | 'unchanged' | 'unreachable' | 'two-roots' | TrustRefusalReason;

/** The only way into the {@link TrustStore}: verify, adopt, count, tell. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #results: Counter<'result'>;
  readonly #version: Gauge<never>;
  readonly #skipped: Gauge<never>;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    const { meter } = parts;
    this.#results = meter.counter({
      name: 'selvage_trust_updates_total',
      help: 'Looks at a trust repository that was offered, by what came of them',
      labels: ['result'],
    });
    this.#version = meter.gauge({
      name: 'selvage_trust_version',
      help: 'Version of the targets in force at this node',
      labels: [],
    });
    this.#skipped = meter.gauge({
      name: 'selvage_trust_skipped_targets',
      help: 'Signed targets that this version of the software cannot read',
      labels: [],
    });
  }

  count(result: IntakeResult): void {
    this.#results.add({ result });
  }

  /** Undefined when the offer is in force now; otherwise why it is not. Call it in an exclusive turn. */
  async take(offered: TrustOffer, from: string): Promise<TrustRefusal | 'unchanged' | undefined> {
    const { store, scratch, clock, verify = verifyTrust, followed } = this.#parts;
    const held = store.repository();
    const judged = await verify({ held, offered, scratch, now: clock.now() });
    if (!judged.ok) {
      this.count(judged.error.reason);
      return judged.error;
    }
    if (judged.value.repository === held) {
      this.count('unchanged');
      return 'unchanged';
    }
    try {
      store.adopt(judged.value);
    } finally {
      // Who listens here may fail; what is in force now is told to the peers all the same.
      if (store.repository() !== held) {
        this.count('adopted');
        this.tell(judged.value, from);
        followed(held);
      }
    }
    return undefined;
  }

  /** Puts what is in force into metrics and the log. */
  tell({ set, skipped }: Pick<VerifiedTrust, 'set' | 'skipped'>, from: string): void {
    this.#version.set({}, set.version);
    this.#skipped.set({}, skipped.length);
    const { version, rootVersion, revision, digest } = set;
    this.#parts.log.info('trust repository in force', {
      from,
      version,
      rootVersion,
      revision,
      digest,
    });
    for (const { path, reason } of skipped) {
      this.#parts.log.warn('target left out', { path, reason });
    }
  }
}

import type { RevocationItem, Revoke } from '../admin/index.ts';
import type { NodeName } from '../core/index.ts';
import {
  isKeySha256,
  isSerial,
  MAX_REVOKED_BY_AUTHORITY,
  type Revocation,
} from '../crypto/index.ts';
import type { TrustStore } from '../governance/index.ts';
import type { Clock, EpochMs, Log, Timer } from '../ports/index.ts';
import {
  REVOCATION_KIND,
  type RevocationClaim,
  type RevocationView,
  revocationKey,
} from '../registry/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import { NodeError } from './errors.ts';
import type { RevocationsInForce } from './revocations-in-force.ts';

/** The longest that an SVID or a credential may live: after that there is nothing to take back. */
const LONGEST_LIFE_MS = 7 * 24 * 3_600_000;
/** How often what has ended is looked for. */
const PRUNING_PERIOD_MS = 10 * 60_000;

export interface RevocationDeskParts {
  readonly node: NodeName;
  readonly role: AuthorityRole;
  readonly trust: TrustStore;
  readonly records: RecordStore;
  readonly revocations: RevocationsInForce;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes back what this node's authority signed, and says what all have. */
export class RevocationDesk {
  readonly #parts: RevocationDeskParts;
  readonly #pruning: Timer;

  constructor(parts: RevocationDeskParts) {
    this.#parts = parts;
    this.#pruning = parts.clock.every(PRUNING_PERIOD_MS, () => this.#prune());
  }

  stop(): void {
    this.#pruning.cancel();
  }

  /** @throws NodeError NOT_AN_AUTHORITY, REVOCATION_REFUSED; what a record's writing throws */
  revoke({ what, reason }: Revoke): RevocationItem {
    const { role, records, clock, log } = this.#parts;
    if (role.authority() === undefined) {
      const detail = 'this node is no authority, so it has signed nothing to take back';
      throw new NodeError('NOT_AN_AUTHORITY', detail);
    }
    const isWellFormed = 'serial' in what ? isSerial(what.serial) : isKeySha256(what.keySha256);
    if (!isWellFormed) throw new NodeError('REVOCATION_REFUSED', 'this is no number in hex');
    if (this.#own().length >= MAX_REVOKED_BY_AUTHORITY) {
      const detail = `an authority can take back ${MAX_REVOKED_BY_AUTHORITY} at a time`;
      throw new NodeError('REVOCATION_REFUSED', detail);
    }
    const now = clock.now();
    const claim = { what, reason, sinceMs: now, untilMs: now + LONGEST_LIFE_MS };
    records.put(REVOCATION_KIND, revocationKey(what), claim satisfies RevocationClaim);
    log.warn('what this authority signed is taken back', { ...what, reason });
    return ofAuthority({ ...claim, by: this.#parts.node });
  }

  /** All that is revoked: the governors' first. */
  list(): readonly RevocationItem[] {
    const { trust, revocations } = this.#parts;
    const { revocations: byGovernors } = trust.current();
    return [...byGovernors.map(ofGovernors), ...revocations.views().map(ofAuthority)];
  }

  #own(): readonly RevocationView[] {
    return this.#parts.revocations.views().filter(({ by }) => by === this.#parts.node);
  }

  /** What has ended would be said again and again. */
  #prune(): void {
    const { records, node, clock, log } = this.#parts;
    for (const { content } of records.snapshot().shelf(node)?.records.items() ?? []) {
      if (content.kind !== REVOCATION_KIND || content.tombstone) continue;
      const { untilMs } = Object(content.value);
      if (typeof untilMs !== 'number' || untilMs > clock.now()) continue;
      try {
        records.withdraw(REVOCATION_KIND, content.key, { urgent: false });
      } catch (error) {
        log.error('a revocation that has ended is not withdrawn', { key: content.key, error });
      }
    }
  }
}

const instant = (ms: EpochMs): string => new Date(ms).toISOString();

function ofGovernors(one: Revocation): RevocationItem {
  const { kind, name, reason } = one;
  const shared = { kind, name, reason, by: 'governors' };
  if (one.kind === 'workload') {
    return { ...shared, subject: one.spiffeId, since: instant(one.beforeMs) };
  }
  return one.kind === 'node'
    ? { ...shared, subject: one.node, since: instant(one.beforeMs) }
    : { ...shared, subject: one.keySha256 };
}

const ofAuthority = ({ what, by, sinceMs, untilMs, reason }: RevocationView): RevocationItem => ({
  ...('serial' in what
    ? { kind: 'serial', subject: what.serial }
    : { kind: 'key', subject: what.keySha256 }),
  by,
  reason,
  since: instant(sinceMs),
  until: instant(untilMs),
});

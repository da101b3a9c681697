import { describeDuration, type NodeName } from '../core/index.ts';
import type { Revocations, TrustBundle } from '../crypto/index.ts';
import { type TrustSet, type TrustStore, upheldAuthorities } from '../governance/index.ts';
import type { Clock, Gauge, Log, Meter, Timer } from '../ports/index.ts';
import {
  type AuthorityOf,
  REVOCATION_KIND,
  RevocationBook,
  type RevocationView,
} from '../registry/index.ts';
import type { RecordChange, RecordStore } from '../replication/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { CredentialKeeper } from './credential-keeper.ts';
import { NodeError } from './errors.ts';

export interface RevocationsInForceParts {
  readonly node: NodeName;
  readonly trust: TrustStore;
  readonly records: RecordStore;
  readonly role: AuthorityRole;
  readonly credentials: CredentialKeeper;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** This node must not go on. */
  readonly fail: (error: Error) => void;
}

/**
 * After what a record changed, the next such change waits, milliseconds: all members' credentials are judged again at
 * each, and an authority may change what it says ten times a second.
 */
export const NEXT_RECORD_MS = 1_000;

/**
 * What is revoked, by the governors and by authorities' records: kept in the bundle, so that whoever judges a
 * credential or an SVID judges by it.
 */
export class RevocationsInForce {
  readonly #book = new RevocationBook();
  readonly #parts: RevocationsInForceParts;
  readonly #count: Gauge<'by'>;
  readonly #changed: (() => void)[] = [];
  #text = '';
  #soon: Timer | undefined;
  /** When a record changed what is revoked, by the monotonic clock. */
  #changedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: RevocationsInForceParts) {
    this.#parts = parts;
    this.#count = parts.meter.gauge({
      name: 'selvage_revocations',
      help: 'What is revoked: by the governors, and by authorities of what they signed themselves',
      labels: ['by'],
    });
    parts.records.own(REVOCATION_KIND, this.#book.owner);
    parts.records.onChange((changes) => this.#heard(changes));
    this.follow();
    parts.records.revalidate(); // they were read from disk before it was known what is revoked
  }

  /** Told when something else is revoked than before, by a record; changes of the trust set are followed by who follows these. */
  onChange(changed: () => void): void {
    this.#changed.push(changed);
  }

  /** Takes up what is revoked now; true when that is something else than before. */
  follow(): boolean {
    const { trust, role, clock } = this.#parts;
    const set = trust.current();
    const keys = authorityKeys(set, role.bundle());
    const next = this.#book.inForce(set.revocations, keys, clock.now());
    const text = JSON.stringify(next.lists);
    if (text === this.#text) return false;
    this.#text = text;
    role.revoke(next);
    this.#tell(next);
    return true;
  }

  /** What authorities took back, for people. */
  views(): readonly RevocationView[] {
    const { trust, role, clock } = this.#parts;
    return this.#book.views(authorityKeys(trust.current(), role.bundle()), clock.now());
  }

  /** Ends this node if it is revoked itself, whoever signs for it. */
  checkOwn(): void {
    const { node, role, credentials, clock, fail } = this.#parts;
    const problem = credentials.revoked(role.bundle().revocations);
    if (problem === undefined) return;
    const left = describeDuration(Math.max(0, credentials.credential.expiresAt - clock.now()));
    fail(new NodeError('NODE_REVOKED', `${node}: ${problem} (it had ${left} left)`));
  }

  stop(): void {
    this.#soon?.cancel();
  }

  #tell({ lists: { all, byAuthorities }, overflowed }: Revocations): void {
    const { log } = this.#parts;
    const governors = all.length - overflowed.size;
    this.#count.set({ by: 'governors' }, governors);
    this.#count.set({ by: 'authorities' }, byAuthorities.length);
    log.info('revocations changed', { governors, authorities: byAuthorities.length });
    for (const key of overflowed) {
      log.error('an authority took back more than is kept: all that it signed is refused', { key });
    }
  }

  /** Not within the change itself: who judges again may drop records. The first is taken up at once. */
  #heard(changes: readonly RecordChange[]): void {
    const isConcerned = changes.some(({ record }) => record.content.kind === REVOCATION_KIND);
    if (this.#soon !== undefined || !isConcerned) return;
    const { clock } = this.#parts;
    const waitMs = Math.max(0, this.#changedAtMs + NEXT_RECORD_MS - clock.monotonic());
    this.#soon = clock.after(waitMs, () => {
      this.#soon = undefined;
      if (!this.follow()) return;
      this.#changedAtMs = clock.monotonic();
      for (const changed of this.#changed) changed();
    });
  }
}

/** Whose CA keys are whose, by what the governors signed: what a retiring one took back stays so. */
const authorityKeys = (set: TrustSet, { anchors }: TrustBundle): AuthorityOf[] =>
  upheldAuthorities(set).flatMap(({ node, certificates }) =>
    anchors
      .filter(({ pem }) => certificates.some((own) => own.pem === pem))
      .map(({ certificate }) => ({ node, keySha256: certificate.publicKeySha256 })),
  );

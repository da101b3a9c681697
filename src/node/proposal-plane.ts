import { type ChangeFeed, PROPOSAL_STATES } from '../admin/index.ts';
import type { NodeName } from '../core/index.ts';
import {
  isLive,
  type KnownProposal,
  OVER_KEPT_MS,
  type PastLists,
  ProposalBook,
  type ProposalId,
  type ProposalState,
  type TrustStore,
  type TrustSync,
  type VersionedPart,
} from '../governance/index.ts';
import type {
  Clock,
  Counter,
  Gauge,
  Gossip,
  Log,
  Meter,
  Random,
  Store,
  Timer,
} from '../ports/index.ts';
import type { RecordStore, RecordSync } from '../replication/index.ts';
import { ProposalBodies } from './proposal-bodies.ts';
import { ProposalDesk } from './proposal-desk.ts';
import { ProposalPublisher } from './proposal-publisher.ts';
import { ProposalRecords } from './proposal-records.ts';
import type { OpenProposal } from './vote-choice.ts';

/** How often it is looked what falls due: bodies to fetch, ends, and what nobody has published. */
const PERIOD_MS = 1_000;
/** After records or what is in force changed: many come together. */
const SETTLING_MS = 50;

/** A look that took 10 ms is followed by another after 200 ms at the soonest. */
const REST_FACTOR = 20;

export interface ProposalPlaneParts {
  readonly node: NodeName;
  readonly onlineKey: string;
  readonly trust: TrustStore;
  readonly past: PastLists;
  readonly sync: Pick<TrustSync, 'publish'>;
  readonly records: RecordStore;
  readonly recordSync: Pick<RecordSync, 'mayWrite'>;
  readonly gossip: Gossip;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly feed: Pick<ChangeFeed, 'notify'>;
}

interface Seen {
  readonly text: string;
  readonly state: ProposalState;
  readonly overAt?: number;
}

/** The life of proposals at this node: what it hears, fetches, publishes, carries and takes back. */
export class ProposalPlane {
  readonly desk: ProposalDesk;
  readonly #parts: ProposalPlaneParts;
  readonly #book: ProposalBook;
  readonly #bodies: ProposalBodies;
  readonly #records: ProposalRecords;
  readonly #publisher: ProposalPublisher;
  readonly #counts: Gauge<'state'>;
  readonly #refusals: Counter<'reason'>;
  readonly #listeners: (() => void)[] = [];
  /** How each was when it was looked at last, and since when it is over; of what is looked at alone. */
  #seen: ReadonlyMap<ProposalId, Seen> = new Map();
  #round: Timer | undefined;
  #soon: Timer | undefined;
  #isStopped = false;
  #restMs = 0;

  constructor(parts: ProposalPlaneParts) {
    this.#parts = parts;
    const { trust, past, meter } = parts;
    this.#book = new ProposalBook(trust.repository(), past);
    const changed = () => this.#lookSoon();
    const lied = () => this.#refusals.add({ reason: 'misdescribed' });
    const refused = () => this.#refusals.add({ reason: 'wrong-body' });
    const shared = { ...parts, book: this.#book, changed, lied };
    this.#bodies = new ProposalBodies({ ...shared, refused });
    this.#records = new ProposalRecords(shared);
    this.#publisher = new ProposalPublisher(parts);
    this.desk = new ProposalDesk({
      ...shared,
      bodies: this.#bodies,
      records: this.#records,
      publisher: this.#publisher,
    });
    this.#counts = meter.gauge({
      name: 'selvage_proposals',
      help: 'Proposals that this node knows, by state',
      labels: ['state'],
    });
    this.#refusals = meter.counter({
      name: 'selvage_proposal_refusals_total',
      help: 'What others said or sent of proposals that is not so, by reason',
      labels: ['reason'],
    });
  }

  /** Serves and follows; call it once, when the records of before are loaded. */
  start(): void {
    const { trust, gossip, clock } = this.#parts;
    this.#bodies.start();
    this.#records.follow();
    trust.onChange(() => {
      this.#book.follow(trust.repository());
      this.#lookSoon();
    });
    gossip.onPeers(({ connected }) => connected && this.#lookSoon());
    this.#round = clock.every(PERIOD_MS, () => {
      if (!this.#book.isEmpty) this.#lookSoon();
    });
    this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#round?.cancel();
    this.#soon?.cancel();
    this.#bodies.stop();
  }

  /** Those that may still come into force and whose bodies are here, the oldest first. */
  open(): readonly OpenProposal[] {
    return this.#known().flatMap(({ id, state, writers, body }) => {
      if (!isLive(state) || body === undefined) return [];
      const signedRoles = body.parts.flatMap(({ role, signed }) =>
        signed.length > 0 ? [role] : [],
      );
      return [{ id, proposal: body.proposal, writers, signedRoles }];
    });
  }

  /**
   * What was said of the proposal that brought these versions into force; undefined where this node has not seen it, and
   * an hour later.
   */
  reasonOf(versions: readonly Pick<VersionedPart, 'role' | 'version'>[]): string | undefined {
    const brought = this.#known().find(
      ({ state, body }) =>
        state === 'published' &&
        versions.every(({ role, version }) =>
          body?.versions.some((part) => part.role === role && part.version === version),
        ),
    );
    return brought?.claim.reason;
  }

  /** Told when a proposal came, went, or stands otherwise than before. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #lookSoon(): void {
    if (this.#isStopped) return;
    this.#soon ??= this.#parts.clock.after(Math.max(SETTLING_MS, this.#restMs), () => {
      this.#soon = undefined;
      this.#look();
    });
  }

  /** What others say may make a look long: it then rests many times as long, so that they take little of a node's time. */
  #look(): void {
    const { clock, log } = this.#parts;
    const from = clock.monotonic();
    try {
      this.#lookAtAll();
    } catch (error) {
      // What members sent must not end a node, now or at each of its starts.
      log.error('proposals were not looked at whole', { error });
    }
    this.#restMs = (clock.monotonic() - from) * REST_FACTOR;
  }

  #lookAtAll(): void {
    const known = this.#known();
    this.#tell(known);
    this.#bodies.fetchWanted();
    this.#publisher.tend(
      known.flatMap(({ state, body }) => (state === 'ready' && body !== undefined ? [body] : [])),
    );
    this.#withdrawOver(known);
    this.#bodies.release();
  }

  /** Whoever watches, the log and the metrics are told what is other than before. */
  #tell(known: readonly KnownProposal[]): void {
    const { clock, feed, log } = this.#parts;
    const before = this.#seen;
    this.#seen = new Map(
      known.map((one) => {
        const was = before.get(one.id);
        const overAt = isLive(one.state) ? undefined : (was?.overAt ?? clock.monotonic());
        const { id, state } = one;
        return [id, { text: spell(one), state, ...(overAt === undefined ? {} : { overAt }) }];
      }),
    );
    for (const { id, state, claim, writers } of known) {
      const was = before.get(id)?.state;
      if (was === state) continue;
      log.info(`proposal ${state}`, { proposal: id, reason: claim.reason, nodes: writers });
    }
    for (const state of PROPOSAL_STATES) {
      this.#counts.set({ state }, known.filter((one) => one.state === state).length);
    }
    const isSame =
      before.size === known.length && known.every((one) => before.get(one.id)?.text === spell(one));
    if (isSame) return;
    feed.notify('proposals');
    for (const listener of this.#listeners) listener();
  }

  /** What is over is carried for as long as it is shown, and verdicts no longer than what they are about. */
  #withdrawOver(known: readonly KnownProposal[]): void {
    const { clock } = this.#parts;
    const ids = new Set(known.map(({ id }) => id));
    for (const id of this.#records.carried()) {
      const overAt = this.#seen.get(id)?.overAt ?? Number.POSITIVE_INFINITY;
      const isDone = ids.has(id)
        ? clock.monotonic() - overAt >= OVER_KEPT_MS
        : !this.#book.isWaiting(id, clock.now());
      if (isDone) this.#records.withdraw(id);
    }
  }

  #known(): readonly KnownProposal[] {
    return this.#book.known(this.#parts.clock.now());
  }
}

/** All of it that a person sees. */
const spell = ({ state, writers, body }: KnownProposal): string =>
  JSON.stringify([
    state,
    writers,
    body?.isAhead,
    body?.parts.map(({ signed, missing }) => [signed, missing]),
    body?.rejections,
  ]);

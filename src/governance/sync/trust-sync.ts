import type { NodeName } from '../../core/index.ts';
import type {
  Clock,
  Gossip,
  Log,
  MemberVisits,
  Meter,
  Peer,
  PeerId,
  Random,
  ScratchDirs,
  Timer,
  TopicVerdict,
} from '../../ports/index.ts';
import { LimitedLog } from '../../telemetry/index.ts';
import { GovernanceError } from '../errors.ts';
import { decodeChange, type SignedChange, type TrustSigner } from '../repository/index.ts';
import type { TrustStore } from '../trust-store.ts';
import type { verifyTrust } from '../verification/index.ts';
import type { TrustConflict } from './conflict-book.ts';
import { ConflictWatch } from './conflict-watch.ts';
import { Exclusive } from './exclusive.ts';
import { Follower } from './follower.ts';
import { Intake } from './intake.ts';
import { Merger } from './merger.ts';
import {
  type Announcement,
  decodeAnnouncement,
  decodeRequest,
  encodeAnnouncement,
  encodePublishAnswer,
  isNewer,
  isPublishRefusal,
  type MetadataRequest,
  PUBLISH_PROTOCOL,
  type PublishAnswer,
  TRUST_PROTOCOL,
  TRUST_TOPIC,
} from './messages.ts';
import { answerRequest, forkId } from './offers.ts';
import { Publisher } from './publisher.ts';
import { covers, standingOf } from './standing.ts';

export interface TrustSyncParts {
  readonly node: NodeName;
  readonly gossip: Gossip;
  /** Whom changes are handed to. */
  readonly members: Pick<MemberVisits, 'visit'>;
  /** Loaded: something is in force. */
  readonly store: TrustStore;
  readonly scratch: ScratchDirs;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  /** This node's online key for the trust repository; it counts only while root lists it. */
  readonly online?: TrustSigner;
  /** Judges what is offered, in place of the TUF client workflow: for those who remember its answers. */
  readonly verify?: typeof verifyTrust;
}

export interface PublishReport {
  /** The authority that signed snapshot and timestamp. */
  readonly by: string;
  readonly version: number;
  readonly rootVersion: number;
  readonly digest: string;
}

/** One answer of a peer: the largest offer over a slow line. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often a random peer is asked, in case announcements were lost. */
const POLL_MS = 30_000;
/** After a peer connected, until each knows what the other listens to: what was announced before is lost. */
const SETTLING_MS = 1_000;
/** How often an authority looks whether the timestamp is due: half of its life must last longer, and it lives 10 minutes at least. */
const REFRESH_CHECK_MS = 120_000;

/** Keeps what is in force here as new as what any peer has, takes changes in, and merges what was published apart. */
export class TrustSync {
  readonly #parts: TrustSyncParts;
  readonly #watch: ConflictWatch;
  readonly #intake: Intake;
  readonly #publisher: Publisher;
  readonly #follower: Follower;
  readonly #merger: Merger;
  readonly #exclusive = new Exclusive();
  /** Of what any member may hand in. */
  readonly #limitedLog: LimitedLog;
  readonly #timers: Timer[] = [];
  /** Peers that are asked once more, at most those that are connected. */
  readonly #settling = new Map<PeerId, Timer>();

  constructor(parts: TrustSyncParts) {
    this.#parts = parts;
    this.#limitedLog = new LimitedLog(parts.log, parts.clock);
    this.#watch = new ConflictWatch(parts);
    this.#intake = new Intake({ ...parts, followed: (before) => this.#followed(before) });
    const shared = {
      ...parts,
      watch: this.#watch,
      intake: this.#intake,
      exclusive: this.#exclusive,
    };
    this.#follower = new Follower({ ...shared, ask: this.#ask, forked: () => this.#forked() });
    this.#publisher = new Publisher({
      ...shared,
      ask: this.#ask,
      pull: (peer) => this.#follower.pull(peer),
    });
    this.#merger = new Merger({
      ...shared,
      peers: () => parts.gossip.peers(),
      adopt: (files) => this.#publisher.adopt(files),
    });
  }

  /** Serves, listens and begins to ask. Call once, with something in force. */
  start(): void {
    const { gossip, store, clock, random } = this.#parts;
    gossip.serve(TRUST_PROTOCOL, (request, from) => this.#answer(request, from));
    gossip.serve(PUBLISH_PROTOCOL, (change, from) => this.#takeChange(change, from));
    gossip.subscribe(TRUST_TOPIC, (message, from) => this.#hear(message, from));
    gossip.onPeers(({ peer: { id }, connected }) => {
      this.#settling.get(id)?.cancel();
      this.#settling.delete(id);
      if (!connected) return;
      this.#follower.want(id);
      this.#settling.set(
        id,
        clock.after(SETTLING_MS, () => this.#follower.want(id)),
      );
    });
    for (const { id } of gossip.peers()) this.#follower.want(id);
    this.#watch.learn(store.repository(), store.current().authorities);
    this.#intake.tell({ set: store.current(), skipped: store.skipped() }, 'disk');
    // Nodes that start together must not ask, or sign, together.
    const offset = 0.5 + random.fraction() / 2;
    this.#timers.push(
      clock.every(POLL_MS * offset, () => this.#poll()),
      clock.every(REFRESH_CHECK_MS * offset, () => this.#refresh()),
    );
    this.#refresh();
  }

  stop(): void {
    this.#follower.stop();
    this.#merger.stop();
    for (const timer of [...this.#timers, ...this.#settling.values()]) timer.cancel();
  }

  /**
   * Publishes a change that enough people signed, here or at another authority, and returns when it is
   * in force at this node.
   *
   * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, VERSIONS_EXHAUSTED,
   * NO_AUTHORITY_REACHABLE, PUBLISH_BUSY
   */
  async publish(change: SignedChange): Promise<PublishReport> {
    const by = await this.#exclusive.run(() => this.#publisher.publish(change));
    const { version, rootVersion, digest } = this.#parts.store.current();
    return { by, version, rootVersion, digest };
  }

  /** What authorities and governors did that needs somebody's eye since this node started, the latest first. */
  conflicts(): readonly TrustConflict[] {
    return this.#watch.book.all();
  }

  readonly #ask = (peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array> =>
    this.#parts.gossip.request(peer, protocol, request, { timeoutMs: REQUEST_TIMEOUT_MS });

  #ours(): Announcement {
    const { store } = this.#parts;
    const { root, timestamp } = standingOf(store.repository());
    const forks = this.#watch.forks.all().map(forkId);
    return { root: root.version, timestamp, digest: store.current().digest, forks };
  }

  async #answer(bytes: Uint8Array, from: Peer): Promise<Uint8Array> {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new GovernanceError('TRUST_REFUSED', request.error);
    const held = this.#parts.store.repository();
    if (request.value.want === 'metadata') this.#learnFrom(request.value, from);
    return answerRequest(held, this.#watch.forks.all(), request.value);
  }

  /** Whoever asks says what it has: what is not known here is asked for in turn. */
  #learnFrom({ have }: MetadataRequest, { id }: Peer): void {
    const isNews = () =>
      ![this.#parts.store.repository(), ...this.#watch.forks.all()].some((one) =>
        covers(standingOf(one), have),
      );
    if (isNews()) this.#follower.want(id, isNews);
  }

  async #takeChange(bytes: Uint8Array, from: Peer): Promise<Uint8Array> {
    const answer = await this.#published(bytes);
    if (!answer.published) {
      const { code, message: detail } = answer;
      this.#limitedLog.warn('change refused', code, { from: from.name, detail });
    }
    return encodePublishAnswer(answer);
  }

  async #published(bytes: Uint8Array): Promise<PublishAnswer> {
    const change = decodeChange(bytes);
    if (!change.ok) {
      return { v: 1, published: false, code: 'CHANGE_REFUSED', message: change.error };
    }
    try {
      await this.#exclusive.run(() => this.#publisher.publishHere(change.value));
    } catch (error) {
      if (!(error instanceof GovernanceError) || !isPublishRefusal(error.code)) throw error;
      return { v: 1, published: false, code: error.code, message: error.message };
    }
    return { v: 1, published: true };
  }

  /** News is asked for where it is said. Nobody passes an announcement on: who has fetched it says so itself. */
  #hear(message: Uint8Array, from: PeerId): TopicVerdict {
    const announced = decodeAnnouncement(message);
    if (!announced.ok) return 'reject';
    const isNews = () => isNewer(announced.value, this.#ours()) || this.#isFork(announced.value);
    if (isNews()) this.#follower.want(from, isNews);
    return 'ignore';
  }

  /** Does it name other rules under the numbers of this node, or a fork that is not known here? */
  #isFork({ root, timestamp, digest, forks }: Announcement): boolean {
    const ours = this.#ours();
    const own = [forkId(this.#parts.store.repository()), ...ours.forks];
    const isSame = root === ours.root && timestamp === ours.timestamp;
    return (isSame && digest !== ours.digest) || forks.some((id) => !own.includes(id));
  }

  #poll(): void {
    const { gossip, random } = this.#parts;
    const peers = gossip.peers();
    const peer = peers[Math.floor(random.fraction() * peers.length)];
    if (peer !== undefined) this.#follower.want(peer.id);
  }

  /** Something else is in force here: peers are told at once, and so is whoever has to merge. */
  #followed(before: ReturnType<TrustStore['repository']>): void {
    const { store } = this.#parts;
    this.#watch.followed(before, store.repository(), store.current().authorities);
    this.#announce();
    this.#merger.consider();
  }

  #forked(): void {
    this.#announce();
    this.#merger.consider();
  }

  #announce(): void {
    const { gossip, log } = this.#parts;
    gossip.publish(TRUST_TOPIC, encodeAnnouncement(this.#ours())).catch((error: unknown) => {
      log.debug('announcement not sent; peers will ask', { error });
    });
  }

  #refresh(): void {
    this.#exclusive
      .run(() => this.#publisher.refresh())
      .catch((error: unknown) => this.#parts.log.error('timestamp not renewed', { error }));
  }
}

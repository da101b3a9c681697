import type { NodeName } from '../../core/index.ts';
import type {
  Clock,
  Gossip,
  Log,
  Meter,
  Peer,
  PeerId,
  Random,
  ScratchDirs,
  Timer,
  TopicVerdict,
} from '../../ports/index.ts';
import { GovernanceError } from '../errors.ts';
import { decodeChange, type SignedChange, type TrustSigner } from '../repository/index.ts';
import type { TrustStore } from '../trust-store.ts';
import { Exclusive } from './exclusive.ts';
import { Intake } from './intake.ts';
import {
  decodeAnnouncement,
  decodeRequest,
  encodeAnnouncement,
  encodePublishAnswer,
  isNewer,
  isPublishRefusal,
  PUBLISH_PROTOCOL,
  type PublishAnswer,
  TRUST_PROTOCOL,
  TRUST_TOPIC,
  type TrustVersions,
  versionsOf,
} from './messages.ts';
import { answerRequest, fetchOffer, isSplit } from './offers.ts';
import { PeerBackoff } from './peer-backoff.ts';
import { Publisher } from './publisher.ts';

export interface TrustSyncDeps {
  readonly node: NodeName;
  readonly gossip: Gossip;
  /** Loaded: something is in force. */
  readonly store: TrustStore;
  readonly scratch: ScratchDirs;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  /** This node's online key for the trust repository; it counts only while root lists it. */
  readonly online?: TrustSigner;
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
/** Between two attempts to end a split: members that lie about one must not keep an authority signing. */
const SPLIT_PERIOD_MS = 30_000;
/** Peers that wait to be asked; further ones are dropped, polling finds them. */
const MAX_PENDING_PEERS = 64;

/** Keeps what is in force here as new as what any peer has, and takes changes in. */
export class TrustSync {
  readonly #deps: TrustSyncDeps;
  readonly #intake: Intake;
  readonly #publisher: Publisher;
  readonly #backoff: PeerBackoff;
  readonly #exclusive = new Exclusive();
  readonly #pending = new Set<PeerId>();
  readonly #timers: Timer[] = [];
  /** Peers that are asked once more, at most those that are connected. */
  readonly #settling = new Map<PeerId, Timer>();
  #isPulling = false;
  #isStopped = false;
  #splitSeenAt = Number.NEGATIVE_INFINITY;

  constructor(deps: TrustSyncDeps) {
    this.#deps = deps;
    this.#intake = new Intake(deps);
    this.#backoff = new PeerBackoff(deps.clock);
    this.#publisher = new Publisher({
      ...deps,
      intake: this.#intake,
      ask: this.#ask,
      peers: () => deps.gossip.peers(),
      pull: (peer) => this.#pull(peer),
    });
  }

  /** Serves, listens and begins to ask. Call once, with something in force. */
  start(): void {
    const { gossip, store, clock, random } = this.#deps;
    gossip.serve(TRUST_PROTOCOL, (request, from) => this.#answer(request, from));
    gossip.serve(PUBLISH_PROTOCOL, (change, from) => this.#takeChange(change, from));
    gossip.subscribe(TRUST_TOPIC, (message, from) => this.#hear(message, from));
    gossip.onPeers(({ peer: { id }, connected }) => {
      this.#settling.get(id)?.cancel();
      this.#settling.delete(id);
      if (!connected) return;
      this.#want(id);
      this.#settling.set(
        id,
        clock.after(SETTLING_MS, () => this.#want(id)),
      );
    });
    for (const { id } of gossip.peers()) this.#want(id);
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
    this.#isStopped = true;
    this.#pending.clear();
    for (const timer of [...this.#timers, ...this.#settling.values()]) timer.cancel();
  }

  /**
   * Publishes a change that governors signed, here or at another authority, and returns when it is
   * in force at this node.
   *
   * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, VERSIONS_EXHAUSTED,
   * NO_AUTHORITY_REACHABLE, PUBLISH_BUSY
   */
  async publish(change: SignedChange): Promise<PublishReport> {
    const by = await this.#exclusive.run(() => this.#publisher.publish(change));
    this.#announce();
    const { version, rootVersion, digest } = this.#deps.store.current();
    return { by, version, rootVersion, digest };
  }

  readonly #ask = (peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array> =>
    this.#deps.gossip.request(peer, protocol, request, { timeoutMs: REQUEST_TIMEOUT_MS });

  #ours(): TrustVersions {
    const { store } = this.#deps;
    return versionsOf(store.repository(), store.current());
  }

  async #answer(bytes: Uint8Array, from: Peer): Promise<Uint8Array> {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new GovernanceError('TRUST_REFUSED', request.error);
    const held = this.#deps.store.repository();
    if (request.value.want === 'metadata' && isSplit(held, request.value)) this.#endSplit(from);
    return answerRequest(held, request.value);
  }

  /** Authorities that did not reach each other were given different changes; one of them is lost. */
  #endSplit(from: Peer): void {
    const { clock, log, store } = this.#deps;
    const now = clock.monotonic();
    if (now - this.#splitSeenAt < SPLIT_PERIOD_MS) return;
    this.#splitSeenAt = now;
    const { version } = store.current();
    log.error('two changes were published under one version', { version, peer: from.name });
    this.#exclusive
      .run(() => this.#publisher.prevail())
      .then(
        (isSigned) => (isSigned ? this.#announce() : undefined),
        (error: unknown) => log.error('the split of versions was not ended', { error }),
      );
  }

  async #takeChange(bytes: Uint8Array, from: Peer): Promise<Uint8Array> {
    const answer = await this.#published(bytes);
    const { log } = this.#deps;
    if (!answer.published) log.warn('change refused', { from: from.name, reason: answer.message });
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
    this.#announce();
    return { v: 1, published: true };
  }

  /** What is newer is fetched and passed on; what is old news is not. */
  #hear(message: Uint8Array, from: PeerId): TopicVerdict {
    const announced = decodeAnnouncement(message);
    if (!announced.ok) return 'reject';
    if (!isNewer(announced.value, this.#ours())) return 'ignore';
    // Who announced may be several hops away; then a neighbour will have it soon, or tells so itself.
    const isNear = this.#deps.gossip.peers().some(({ id }) => id === from);
    if (isNear) this.#want(from);
    else this.#poll();
    return 'accept';
  }

  #poll(): void {
    const { gossip, random } = this.#deps;
    const peers = gossip.peers();
    const peer = peers[Math.floor(random.fraction() * peers.length)];
    if (peer !== undefined) this.#want(peer.id);
  }

  #want(peer: PeerId): void {
    if (this.#isStopped || this.#pending.size >= MAX_PENDING_PEERS) return;
    this.#pending.add(peer);
    if (!this.#isPulling) void this.#pullPending();
  }

  async #pullPending(): Promise<void> {
    this.#isPulling = true;
    for (const peer of this.#pending) {
      this.#pending.delete(peer);
      const before = this.#ours();
      try {
        await this.#exclusive.run(() => this.#pull(peer));
      } catch (error) {
        this.#deps.log.error('trust repository not updated', { peer, error });
      }
      if (isNewer(this.#ours(), before)) this.#announce();
    }
    this.#isPulling = false;
  }

  /** Asks one peer; call it in an exclusive turn. A peer that offers rubbish is left alone a while. */
  async #pull(peer: PeerId): Promise<void> {
    const { store, log } = this.#deps;
    if (!this.#backoff.mayAsk(peer)) return;
    let offered: Awaited<ReturnType<typeof fetchOffer>>;
    try {
      offered = await fetchOffer(this.#ask, peer, store.repository());
    } catch (error) {
      this.#intake.count('unreachable');
      log.debug('peer did not answer for its trust repository', { peer, error });
      return;
    }
    if (!offered.ok) {
      this.#intake.count('malformed');
      log.warn('trust repository refused', {
        from: peer,
        reason: 'malformed',
        detail: offered.error,
      });
      this.#backoff.blame(peer);
      return;
    }
    if (offered.value === undefined) return;
    const refused = await this.#intake.take(offered.value, peer);
    if (refused === undefined) this.#backoff.forgive(peer);
    else this.#backoff.blame(peer);
  }

  #announce(): void {
    const { gossip, log } = this.#deps;
    gossip.publish(TRUST_TOPIC, encodeAnnouncement(this.#ours())).catch((error: unknown) => {
      log.debug('announcement not sent; peers will ask', { error });
    });
  }

  #refresh(): void {
    this.#exclusive
      .run(() => this.#publisher.refresh())
      .then(
        (isSigned) => (isSigned ? this.#announce() : undefined),
        (error: unknown) => this.#deps.log.error('timestamp not renewed', { error }),
      );
  }
}

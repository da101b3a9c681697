import { describeDuration, type NodeName } from '../core/index.ts';
import type {
  Clock,
  Gossip,
  Log,
  Peer,
  PeerAddress,
  PeerId,
  Random,
  Timer,
} from '../ports/index.ts';
import { type Candidate, type Candidates, Contacts } from './contacts.ts';

/** Members that become known at once are chosen from all together, milliseconds. */
const GATHER_MS = 50;

interface OverlayOptions {
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly candidates: Candidates;
  /** A connection came, or broke; not told of those that this node closes itself. */
  readonly changed: (peer: Peer, isConnected: boolean) => void;
}

interface Dialled {
  readonly name: NodeName;
  readonly peerId: PeerId;
  readonly addresses: readonly PeerAddress[];
}

/** Keeps this node connected with some members at random: what gossip flows through. */
export class Overlay {
  readonly #options: OverlayOptions;
  readonly #contacts: Contacts;
  /** Connections that this node closes: that they end says nothing of the member. */
  readonly #closing = new Set<PeerId>();
  #timer: Timer | undefined;
  #lookAt = Number.POSITIVE_INFINITY;
  #isRunning = false;

  constructor(options: OverlayOptions) {
    const { candidates, random, clock } = options;
    this.#options = options;
    this.#contacts = new Contacts(candidates, random, clock.monotonic());
  }

  start(): void {
    this.#isRunning = true;
    const { gossip } = this.#options;
    gossip.onPeers(({ peer, connected }) => this.#peerChanged(peer, connected));
    for (const peer of gossip.peers()) this.#peerChanged(peer, true);
    this.lookSoon();
  }

  /** Dials nobody any more, and takes leave of all peers. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#timer?.cancel();
    const { gossip } = this.#options;
    await Promise.all(gossip.peers().map(({ id }) => gossip.disconnect(id)));
  }

  isConnected(id: PeerId): boolean {
    return this.#contacts.isConnected(id);
  }

  /** Somebody else may be worth a dial: new, moved, or back. */
  lookSoon(): void {
    this.#lookAfter(GATHER_MS);
  }

  /** It may answer where it is now. */
  moved(id: PeerId): void {
    this.#contacts.forget(id);
    this.lookSoon();
  }

  revived(member: Candidate): void {
    if (this.#isRunning && this.#contacts.revived(member.peerId)) this.#dial(member);
    else this.lookSoon();
  }

  /** A connection to it is worth nothing: it is dead, or has left, or does not answer there. */
  drop(id: PeerId): void {
    if (!this.#contacts.isConnected(id)) return;
    const { gossip, log } = this.#options;
    this.#closing.add(id);
    gossip.disconnect(id).catch((error: unknown) => {
      this.#closing.delete(id);
      log.error('connection not closed', { peerId: id, error });
    });
  }

  /** Connects, if it is not connected; rejects when it cannot be reached. */
  async connect(member: Dialled, purpose: 'exchange' | 'visit' = 'exchange'): Promise<void> {
    const isFirst = this.#contacts.begin(member.peerId, purpose);
    try {
      await this.#options.gossip.dial(member.peerId, member.addresses);
    } finally {
      if (isFirst) this.#ended(member);
    }
  }

  /** Connects for questions, until {@link letGo}; rejects at once when it could not be reached several times just now. */
  async visit(member: Dialled): Promise<void> {
    if (this.#contacts.isConnected(member.peerId)) return;
    const now = this.#options.clock.monotonic();
    const backoffMs = this.#contacts.visitBackoffMs(member.peerId, now);
    if (backoffMs > 0) {
      throw new Error(
        `it cannot be reached, and is dialled again in ${describeDuration(backoffMs)}`,
      );
    }
    await this.connect(member, 'visit');
  }

  /** Closes a connection that was for questions only. */
  letGo(id: PeerId): void {
    if (this.#contacts.isVisit(id)) this.drop(id);
  }

  #peerChanged(peer: Peer, isConnected: boolean): void {
    const { clock, changed } = this.#options;
    const now = clock.monotonic();
    if (isConnected) {
      const surplus = this.#contacts.connected(peer.id, now);
      if (surplus !== undefined) this.drop(surplus);
    } else {
      this.#contacts.disconnected(peer.id, now);
      this.lookSoon();
    }
    if (isConnected || !this.#closing.has(peer.id)) changed(peer, isConnected);
    this.#closing.delete(peer.id);
  }

  #look(): void {
    if (!this.#isRunning) return;
    this.#lookAt = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.monotonic();
    for (const member of this.#contacts.due(now)) this.#dial(member);
    this.#lookAfter(this.#contacts.nextAt(now) - now);
  }

  /** At the latest. */
  #lookAfter(delayMs: number): void {
    if (!this.#isRunning) return;
    const { clock } = this.#options;
    const at = clock.monotonic() + delayMs;
    if (at >= this.#lookAt) return;
    this.#timer?.cancel();
    this.#lookAt = at;
    this.#timer = clock.after(delayMs, () => this.#look());
  }

  #dial(member: Dialled): void {
    this.#options.gossip.dial(member.peerId, member.addresses).then(
      () => this.#ended(member),
      (error: unknown) => this.#ended(member, error),
    );
  }

  #ended({ peerId, name, addresses }: Dialled, error?: unknown): void {
    const { clock, log } = this.#options;
    const isNews = this.#contacts.dialled(peerId, clock.monotonic());
    if (isNews) log.warn('member not connected', { member: name, addresses, error });
    this.lookSoon();
  }
}

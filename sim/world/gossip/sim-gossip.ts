import type {
  Admission,
  Gossip,
  Log,
  Peer,
  PeerAddress,
  PeerId,
} from '../../../src/ports/index.ts';
import { SimTimer } from '../clock.ts';
import type { SimHost } from '../host.ts';
import type { SimProcess } from '../process.ts';
import type { TrafficKind } from '../traffic.ts';
import type { Link } from './connection.ts';
import { dial } from './dial.ts';
import { Exchanges } from './exchanges.ts';
import { MAX_EXCHANGE_BYTES } from './limits.ts';
import { watchForSilence } from './monitor.ts';
import { Topics } from './topics.ts';
import { FRAME_BYTES } from './wire-cost.ts';

export interface SimGossipOptions {
  readonly id: PeerId;
  readonly publicKey: Uint8Array;
  readonly port: number;
  readonly admission: Admission;
  readonly log: Log;
}

type PeersChange = { readonly peer: Peer; readonly connected: boolean };

/** Round trips from an open connection until the other end is told what is followed: identify, and a stream. */
const ROUND_TRIPS_TO_TOPICS = 2;

/**
 * A model of libp2p with gossipsub behind the `Gossip` port, as src/platform/gossip configures it.
 * Messages, requests and answers are handed over as they were sent, not copied: nobody writes to them.
 */
export class SimGossip implements Gossip {
  // First what every frame touches, so that it lies together.
  readonly process: SimProcess;
  readonly host: SimHost;
  /** In the tables of the overlay. */
  readonly number: number;
  readonly topics: Topics;
  readonly exchanges: Exchanges;
  readonly self: PeerId;
  readonly publicKey: Uint8Array;
  readonly admission: Admission;
  /** Its ends of connections, those included that are not open yet. */
  readonly ends = new Set<Link>();
  readonly #port: number;
  readonly #listeners: ((change: PeersChange) => void)[] = [];
  readonly #dialling = new Map<PeerId, Promise<void>>();
  readonly #byId = new Map<PeerId, Link>();
  #links: readonly Link[] = [];
  #peers: readonly Peer[] = [];

  constructor(own: SimProcess, options: SimGossipOptions) {
    this.self = options.id;
    this.publicKey = options.publicKey;
    this.admission = options.admission;
    this.process = own;
    this.host = own.host;
    this.number = this.host.network.overlay.join();
    this.#port = options.port;
    this.topics = new Topics(this, options.log);
    this.exchanges = new Exchanges(options.log);
    if (this.host.listeners.has(this.#port)) throw new Error(`port ${this.#port} is taken`);
    this.host.listeners.set(this.#port, this);
    own.onEnd((end) => {
      for (const link of [...this.ends]) link.vanish(end);
    });
    own.onStall(() => {
      for (const link of this.#links) watchForSilence(link.other);
    });
  }

  get now(): number {
    return this.process.timeline.now;
  }

  get isListening(): boolean {
    return this.host.listeners.get(this.#port) === this;
  }

  /** Open connections. */
  get links(): readonly Link[] {
    return this.#links;
  }

  /** `count` of them at random, or all when there are no more. */
  some(links: readonly Link[], count: number): readonly Link[] {
    return links.length <= count ? links : this.shuffled(links, count);
  }

  /** `count` of them, or all, in a random order. */
  shuffled(links: readonly Link[], count = links.length): readonly Link[] {
    const { random } = this.process;
    const left = links.slice();
    const chosen: Link[] = [];
    while (chosen.length < count) {
      const at = random.below(left.length);
      const one = left[at];
      const last = left.pop();
      if (one === undefined || last === undefined) break;
      if (one !== last) left[at] = last;
      chosen.push(one);
    }
    return chosen;
  }

  /** Counts frames of `bytes` each, beyond what every frame costs, as sent. */
  count(kind: TrafficKind, bytes: number, frames = 1): void {
    this.host.traffic.add(kind, frames * (FRAME_BYTES + bytes));
  }

  linkOpened(link: Link): void {
    const before = this.#byId.get(link.peer.id);
    this.#byId.set(link.peer.id, link);
    this.#count();
    before?.close();
    this.#tell({ peer: link.peer, connected: true });
    const meet = (): void => (link.isOpen ? this.topics.meet(link) : undefined);
    new SimTimer(this.process, ROUND_TRIPS_TO_TOPICS * link.roundTripMs, meet, false);
  }

  linkClosed(link: Link): void {
    this.exchanges.lost(link);
    if (this.#byId.get(link.peer.id) === link) {
      this.#byId.delete(link.peer.id);
      this.#count();
    }
    this.topics.mesh.lost(link);
    this.#tell({ peer: link.peer, connected: false });
  }

  addresses(): readonly PeerAddress[] {
    return [`/ip4/${this.host.address}/tcp/${this.#port}`];
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    if (this.process.isAlive) this.topics.publish(topic, message);
  }

  subscribe: Gossip['subscribe'] = (topic, receive) => this.topics.subscribe(topic, receive);

  serve: Gossip['serve'] = (protocol, answer) => this.exchanges.serve(protocol, answer);

  request: Gossip['request'] = (peer, protocol, request, { timeoutMs }) => {
    const { length } = request;
    const link = this.#byId.get(peer);
    if (link !== undefined && length <= MAX_EXCHANGE_BYTES) {
      return this.exchanges.ask(link, protocol, request, timeoutMs);
    }
    const problem =
      link === undefined
        ? `peer ${peer} is not connected`
        : `a request of ${length} bytes; at most ${MAX_EXCHANGE_BYTES} are sent`;
    return Promise.reject(new Error(problem));
  };

  peers(): readonly Peer[] {
    return this.#peers;
  }

  dial(id: PeerId, addresses: readonly PeerAddress[]): Promise<void> {
    if (this.#byId.has(id)) return Promise.resolve();
    const under = this.#dialling.get(id);
    if (under !== undefined) return under;
    const dialling = dial(this, id, addresses).finally(() => this.#dialling.delete(id));
    this.#dialling.set(id, dialling);
    return dialling;
  }

  async disconnect(id: PeerId): Promise<void> {
    this.#byId.get(id)?.close();
  }

  onPeers(changed: (change: PeersChange) => void): void {
    this.#listeners.push(changed);
  }

  async stop(): Promise<void> {
    if (this.isListening) this.host.listeners.delete(this.#port);
    for (const link of [...this.ends]) link.close();
  }

  #count(): void {
    this.#links = [...this.#byId.values()];
    this.#peers = this.#links.map(({ peer }) => peer);
    this.topics.circles.changed();
  }

  #tell(change: PeersChange): void {
    for (const tell of this.#listeners) tell(change);
  }
}

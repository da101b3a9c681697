import type { Gossip, Peer, PeerAddress, PeerId, TopicVerdict } from '../gossip.ts';

/**
 * Members that talk within one process, through the very port: bytes in, bytes out, asynchronously
 * and in order. Everyone is admitted; a test may lose messages or cut links.
 */
export class GossipNetwork {
  readonly #members = new Map<PeerId, NetworkMember>();
  /** Decides for each published message and each hop whether it is lost. */
  loses: (from: PeerId, to: PeerId) => boolean = () => false;

  /** A new host, connected to nobody, that can be dialled by its id (`peer-<name>`). */
  join(name: string): Gossip {
    const member = new NetworkMember(this, {
      id: `peer-${name}`,
      name,
      publicKey: new TextEncoder().encode(name.padEnd(32).slice(0, 32)),
    });
    this.#members.set(member.self, member);
    return member;
  }

  leave(id: PeerId): void {
    this.#members.delete(id);
  }

  #isCut: (from: PeerId, to: PeerId) => boolean = () => false;

  /** Breaks the connections between these, and lets none be made, until it is cut otherwise. */
  cut(isCut: (from: PeerId, to: PeerId) => boolean): void {
    this.#isCut = isCut;
    for (const [id, member] of this.#members) {
      for (const peer of member.peers()) if (isCut(id, peer.id)) void member.disconnect(peer.id);
    }
  }

  reaches(from: PeerId, to: PeerId): NetworkMember | undefined {
    return this.#isCut(from, to) ? undefined : this.#members.get(to);
  }
}

class NetworkMember implements Gossip {
  readonly self: PeerId;
  readonly #network: GossipNetwork;
  readonly #peer: Peer;
  readonly #links = new Map<PeerId, NetworkMember>();
  readonly #topics = new Map<string, (message: Uint8Array, from: PeerId) => TopicVerdict>();
  readonly #protocols = new Map<string, (request: Uint8Array, from: Peer) => Promise<Uint8Array>>();
  readonly #listeners: ((change: { peer: Peer; connected: boolean }) => void)[] = [];
  readonly #seen = new WeakSet<object>();

  constructor(network: GossipNetwork, peer: Peer) {
    this.self = peer.id;
    this.#network = network;
    this.#peer = peer;
  }

  addresses(): readonly PeerAddress[] {
    return [`/memory/${this.self}`];
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    const parcel = { topic, message: message.slice() };
    this.#seen.add(parcel);
    this.#spread(parcel, this.self);
  }

  subscribe(topic: string, receive: (message: Uint8Array, from: PeerId) => TopicVerdict): void {
    this.#topics.set(topic, receive);
  }

  serve(protocol: string, answer: (request: Uint8Array, from: Peer) => Promise<Uint8Array>): void {
    this.#protocols.set(protocol, answer);
  }

  async request(peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array> {
    await Promise.resolve();
    const link = this.#links.get(peer);
    if (link === undefined) throw new Error(`peer ${peer} is not connected`);
    const answer = link.#protocols.get(protocol);
    if (answer === undefined) throw new Error(`peer ${peer} does not serve ${protocol}`);
    return (await answer(request.slice(), this.#peer)).slice();
  }

  peers(): readonly Peer[] {
    return [...this.#links.values()].map((link) => link.#peer);
  }

  async dial(id: PeerId): Promise<void> {
    await Promise.resolve();
    if (this.#links.has(id)) return;
    const other = this.#network.reaches(this.self, id);
    if (other === undefined || other === this) throw new Error(`peer ${id} is unreachable`);
    this.#link(other);
    other.#link(this);
  }

  async disconnect(id: PeerId): Promise<void> {
    const other = this.#links.get(id);
    if (other === undefined) return;
    this.#unlink(other);
    other.#unlink(this);
  }

  onPeers(changed: (change: { readonly peer: Peer; readonly connected: boolean }) => void): void {
    this.#listeners.push(changed);
  }

  async stop(): Promise<void> {
    this.#network.leave(this.self);
    for (const id of [...this.#links.keys()]) await this.disconnect(id);
  }

  #link(other: NetworkMember): void {
    this.#links.set(other.self, other);
    for (const listener of this.#listeners) listener({ peer: other.#peer, connected: true });
  }

  #unlink(other: NetworkMember): void {
    this.#links.delete(other.self);
    for (const listener of this.#listeners) listener({ peer: other.#peer, connected: false });
  }

  #spread(parcel: { topic: string; message: Uint8Array }, deliverer: PeerId): void {
    for (const link of this.#links.values()) {
      if (link.self === deliverer || this.#network.loses(this.self, link.self)) continue;
      queueMicrotask(() => link.#receive(parcel, this.self));
    }
  }

  #receive(parcel: { topic: string; message: Uint8Array }, from: PeerId): void {
    if (this.#seen.has(parcel) || !this.#links.has(from)) return;
    this.#seen.add(parcel);
    const verdict = this.#topics.get(parcel.topic)?.(parcel.message.slice(), from);
    if (verdict === 'accept') this.#spread(parcel, from);
  }
}

import type { Gossip, Peer, PeerId, TopicVerdict } from '../../ports/index.ts';

type Receive = (message: Uint8Array, from: PeerId) => TopicVerdict;
type Answer = (request: Uint8Array, from: Peer) => Promise<Uint8Array>;

/**
 * Members of one process, linked by hand. It keeps the port's promises (bytes in and out, accepted
 * messages travel on, a lost peer rejects) and hides nothing: a test may cut, forge and count.
 */
export class LinkedGossip implements Gossip {
  readonly self: PeerId;
  readonly #peer: Peer;
  readonly #links = new Map<PeerId, LinkedGossip>();
  readonly #topics = new Map<string, Receive>();
  readonly #protocols = new Map<string, Answer>();
  readonly #watchers: ((change: { peer: Peer; connected: boolean }) => void)[] = [];
  readonly #seen = new WeakSet<Uint8Array>();
  /** Whom it can dial; with the others it is linked by hand, or not at all. */
  readonly reachable: LinkedGossip[] = [];
  /** Requests that this member sent, by protocol. */
  readonly asked: string[] = [];

  constructor(name: string) {
    this.self = `peer-${name}`;
    this.#peer = { id: this.self, name, publicKey: new TextEncoder().encode(name) };
  }

  link(other: LinkedGossip): void {
    this.#meet(other);
    other.#meet(this);
  }

  cut(other: LinkedGossip): void {
    this.#part(other);
    other.#part(this);
  }

  addresses(): readonly string[] {
    return [];
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    this.#spread(topic, message.slice());
  }

  subscribe(topic: string, receive: Receive): void {
    this.#topics.set(topic, receive);
  }

  serve(protocol: string, answer: Answer): void {
    this.#protocols.set(protocol, answer);
  }

  async request(peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array> {
    this.asked.push(protocol);
    const other = this.#links.get(peer);
    const answer = other === undefined ? undefined : other.#protocols.get(protocol);
    if (answer === undefined) throw new Error(`${peer} does not answer ${protocol}`);
    return (await answer(request.slice(), this.#peer)).slice();
  }

  peers(): readonly Peer[] {
    return [...this.#links.values()].map((other) => other.#peer);
  }

  async dial(id: PeerId): Promise<void> {
    if (this.#links.has(id)) return;
    const other = this.reachable.find(({ self }) => self === id);
    if (other === undefined) throw new Error(`${id} cannot be reached`);
    this.link(other);
  }

  async disconnect(id: PeerId): Promise<void> {
    const other = this.#links.get(id);
    if (other !== undefined) this.cut(other);
  }

  onPeers(changed: (change: { readonly peer: Peer; readonly connected: boolean }) => void): void {
    this.#watchers.push(changed);
  }

  async stop(): Promise<void> {
    for (const other of [...this.#links.values()]) this.cut(other);
  }

  #meet(other: LinkedGossip): void {
    this.#links.set(other.self, other);
    for (const watch of this.#watchers) watch({ peer: other.#peer, connected: true });
  }

  #part(other: LinkedGossip): void {
    this.#links.delete(other.self);
    for (const watch of this.#watchers) watch({ peer: other.#peer, connected: false });
  }

  #spread(topic: string, message: Uint8Array): void {
    this.#seen.add(message);
    for (const other of this.#links.values()) other.#deliver(topic, message, this.self);
  }

  #deliver(topic: string, message: Uint8Array, from: PeerId): void {
    if (this.#seen.has(message)) return;
    this.#seen.add(message);
    const verdict = this.#topics.get(topic)?.(message, from);
    if (verdict === 'accept') this.#spread(topic, message);
  }
}

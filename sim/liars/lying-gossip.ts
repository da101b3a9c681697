import type {
  Gossip,
  Peer,
  PeerAddress,
  PeerId,
  Random,
  TopicVerdict,
} from '../../src/ports/index.ts';
import type { Deed } from '../scenario/index.ts';

/** Good messages of others that are kept to be told again. */
const MAX_HEARD = 500;
/** Of a request that nobody answers; its asker gives up first. */
const NEVER = new Promise<Uint8Array>(() => undefined);

/**
 * A liar's connections: its rooms work as they are, but what it is asked is answered as its deeds say, and
 * what it hears is kept.
 */
export class LyingGossip implements Gossip {
  readonly heard: Uint8Array[] = [];
  readonly self: PeerId;
  readonly #inner: Gossip;
  readonly #random: Random;
  readonly #deeds: () => ReadonlySet<Deed>;

  /** @param deeds what it does now: nothing until its time has come */
  constructor(inner: Gossip, random: Random, deeds: () => ReadonlySet<Deed>) {
    this.self = inner.self;
    this.#inner = inner;
    this.#random = random;
    this.#deeds = deeds;
  }

  subscribe(topic: string, receive: (message: Uint8Array, from: PeerId) => TopicVerdict): void {
    this.#inner.subscribe(topic, (message, from) => {
      const verdict = receive(message, from);
      if (verdict === 'accept' && this.heard.length < MAX_HEARD) this.heard.push(message.slice());
      return verdict;
    });
  }

  serve(protocol: string, answer: (request: Uint8Array, from: Peer) => Promise<Uint8Array>): void {
    this.#inner.serve(protocol, async (request, from) => {
      const deeds = this.#deeds();
      if (deeds.has('mute')) return NEVER;
      const honest = await answer(request, from);
      if (deeds.has('garbage')) return this.#random.bytes(honest.length);
      return deeds.has('endless') ? this.#altered(honest) : honest;
    });
  }

  publish(topic: string, message: Uint8Array): Promise<void> {
    return this.#inner.publish(topic, message);
  }

  request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    return this.#inner.request(peer, protocol, request, options);
  }

  addresses(): readonly PeerAddress[] {
    return this.#inner.addresses();
  }

  peers(): readonly Peer[] {
    return this.#inner.peers();
  }

  dial(id: PeerId, addresses: readonly PeerAddress[]): Promise<void> {
    return this.#inner.dial(id, addresses);
  }

  disconnect(id: PeerId): Promise<void> {
    return this.#inner.disconnect(id);
  }

  onPeers(changed: (change: { readonly peer: Peer; readonly connected: boolean }) => void): void {
    this.#inner.onPeers(changed);
  }

  stop(): Promise<void> {
    return this.#inner.stop();
  }

  /** Well formed, and different each time: whatever digests are in it never agree with anybody's. */
  #altered(honest: Uint8Array): Uint8Array {
    const altered = honest.slice();
    const from = Math.floor(altered.length / 4);
    for (let at = from; at < altered.length; at += 7) {
      const byte = altered[at] ?? 0;
      if (byte >= 0x30 && byte <= 0x39)
        altered[at] = 0x30 + Math.floor(this.#random.fraction() * 10);
    }
    return altered;
  }
}

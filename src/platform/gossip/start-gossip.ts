import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type {
  Admission,
  Clock,
  Gossip,
  Log,
  Meter,
  PeerAddress,
  PeerId,
} from '../../ports/index.ts';
import { PlatformError } from '../errors.ts';
import { keepWithinBounds } from './connection-bounds.ts';
import { Exchanges } from './exchanges.ts';
import { createHost, type Host, startHost } from './host.ts';
import { ADMISSION_TIMEOUT_MS, MAX_CONNECTIONS } from './limits.ts';
import { Members } from './members.ts';
import { Offences } from './offences.ts';
import { Refusals } from './refusals.ts';
import { Topics } from './topics.ts';

export interface GossipOptions {
  /** The node key's seed: 32 bytes (RFC 8032). */
  readonly seed: Uint8Array;
  /** Multiaddrs such as `/ip4/10.0.0.1/tcp/7600`; port 0 takes a free one. */
  readonly listen: readonly PeerAddress[];
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** How long a connection may take to be admitted; default {@link ADMISSION_TIMEOUT_MS}. */
  readonly admissionTimeoutMs?: number;
  /** Beyond so many the oldest that others opened is closed; default {@link MAX_CONNECTIONS}. */
  readonly maxConnections?: number;
}

/**
 * Peer to peer messaging over libp2p (tcp, noise, yamux, gossipsub), for admitted members only.
 * Discovers nobody by itself and keeps nobody: it connects to whom `dial` names.
 *
 * @throws PlatformError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE
 */
export async function startGossip(options: GossipOptions): Promise<Gossip> {
  const { clock, log, meter, maxConnections = MAX_CONNECTIONS } = options;
  const members = new Members(log);
  const offences = new Offences(clock);
  const host = await createHost({
    seed: options.seed,
    listen: options.listen,
    admission: options.admission,
    admissionTimeoutMs: options.admissionTimeoutMs ?? ADMISSION_TIMEOUT_MS,
    offences,
    refusals: new Refusals(clock, log, meter),
    admitted: (peer) => members.admit(peer),
  });
  host.addEventListener('peer:connect', ({ detail }) => {
    if (!members.connect(detail.toString())) {
      log.error('a peer that nobody admitted is connected', { peerId: detail.toString() });
      void host.hangUp(detail);
    }
  });
  host.addEventListener('peer:disconnect', ({ detail }) => members.disconnect(detail.toString()));
  host.addEventListener('connection:open', ({ detail }) =>
    keepWithinBounds(host, detail.remotePeer, maxConnections),
  );
  await startHost(host);
  const topics = new Topics(host.services.pubsub, offences, log);
  return new HostGossip(host, members, topics, new Exchanges(host, members, clock, log), log);
}

class HostGossip implements Gossip {
  readonly self: PeerId;
  readonly #host: Host;
  readonly #members: Members;
  readonly #topics: Topics;
  readonly #exchanges: Exchanges;
  readonly #log: Log;

  constructor(host: Host, members: Members, topics: Topics, exchanges: Exchanges, log: Log) {
    this.self = host.peerId.toString();
    this.#host = host;
    this.#members = members;
    this.#topics = topics;
    this.#exchanges = exchanges;
    this.#log = log;
  }

  addresses: Gossip['addresses'] = () =>
    this.#host.getMultiaddrs().map((address) => address.decapsulate('/p2p').toString());

  publish: Gossip['publish'] = (topic, message) => this.#topics.publish(topic, message);

  subscribe: Gossip['subscribe'] = (topic, receive) => this.#topics.subscribe(topic, receive);

  serve: Gossip['serve'] = (protocol, answer) => {
    this.#exchanges.serve(protocol, answer).catch((error: unknown) => {
      this.#log.error('a protocol cannot be served', { protocol, error });
    });
  };

  request: Gossip['request'] = (peer, protocol, request, options) =>
    this.#exchanges.request(peer, protocol, request, options);

  peers: Gossip['peers'] = () => this.#members.all();

  onPeers: Gossip['onPeers'] = (changed) => this.#members.onChange(changed);

  dial: Gossip['dial'] = async (id, addresses) => {
    if (this.#members.get(id) !== undefined) return;
    try {
      await this.#host.dial(addresses.map((address) => multiaddr(`${address}/p2p/${id}`)));
    } catch (cause) {
      const where = addresses.join(', ');
      throw new PlatformError('PEER_UNREACHABLE', `peer ${id} at ${where}`, { cause });
    }
  };

  disconnect: Gossip['disconnect'] = async (id) => {
    await this.#host.hangUp(peerIdFromString(id));
  };

  stop: Gossip['stop'] = async () => {
    await this.#host.stop();
  };
}

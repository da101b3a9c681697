import { type GossipSub, gossipsub } from '@libp2p/gossipsub';
import { type Identify, type IdentifyPush, identify, identifyPush } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { createLibp2p } from 'libp2p';
import type { Admission, Peer, PeerAddress } from '../../ports/index.ts';
import { listenError } from '../errors.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { hostKey } from './host-key.ts';
import { hostNoise } from './host-noise.ts';
import {
  MAX_CONNECTIONS_PER_SECOND_AND_HOST,
  MAX_PACKET_BYTES,
  MAX_PACKET_ENTRIES,
  MAX_PENDING_CONNECTIONS,
  MAX_TOPIC_BYTES_PER_PEER,
} from './limits.ts';
import type { Offences } from './offences.ts';
import type { Refusals } from './refusals.ts';
import { silentLogger } from './silent-logger.ts';
import { sparingYamux } from './sparing-yamux.ts';
import { writeProtocolsOnce } from './spoken-protocols.ts';
import { tcpTransport } from './tcp-transport.ts';
import { UnderAdmission } from './under-admission.ts';

type Services = {
  readonly identify: Identify;
  readonly identifyPush: IdentifyPush;
  readonly pubsub: GossipSub;
};

export type Host = Libp2p<Services>;

export interface HostOptions {
  readonly seed: Uint8Array;
  readonly listen: readonly PeerAddress[];
  readonly admission: Admission;
  readonly admissionTimeoutMs: number;
  readonly offences: Offences;
  readonly refusals: Refusals;
  readonly admitted: (peer: Peer) => void;
}

/** The libp2p host, not started yet: so that no connection comes before its listeners are set. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { admission, refusals, admitted, offences, admissionTimeoutMs } = options;
  const host = await createLibp2p<Services>({
    start: false,
    logger: silentLogger,
    privateKey: hostKey(options.seed),
    addresses: { listen: [...options.listen] },
    transports: [tcpTransport],
    connectionEncrypters: [
      (components) => new Doorkeeper(hostNoise(components), admission, refusals, admitted),
    ],
    streamMuxers: [() => sparingYamux()],
    connectionGater: new UnderAdmission(),
    connectionManager: {
      maxConnections: Number.POSITIVE_INFINITY, // see keepWithinBounds
      maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
      inboundConnectionThreshold: MAX_CONNECTIONS_PER_SECOND_AND_HOST,
      inboundUpgradeTimeout: admissionTimeoutMs,
      addressDialTimeout: admissionTimeoutMs,
      dialTimeout: 2 * admissionTimeoutMs,
      reconnectRetries: 0, // who is dialled, and when, is for membership to say
    },
    connectionMonitor: { enabled: false }, // sparingYamux asks in its place
    services: {
      identify: identify(), // gossipsub learns from it who speaks gossipsub
      identifyPush: identifyPush(),
      pubsub: gossipsub({
        globalSignaturePolicy: 'StrictSign',
        fallbackToFloodsub: false,
        allowPublishToZeroTopicPeers: true,
        emitSelf: false,
        canRelayMessage: false, // a topic that nobody here judges is not passed on
        doPX: false, // peers come from signed node records, never from a peer's say
        maxInboundDataLength: MAX_PACKET_BYTES,
        maxTopicBytesPerPeer: MAX_TOPIC_BYTES_PER_PEER,
        decodeRpcLimits: {
          maxSubscriptions: MAX_PACKET_ENTRIES,
          maxMessages: MAX_PACKET_ENTRIES,
          maxIhaveMessageIDs: MAX_PACKET_ENTRIES,
          maxIwantMessageIDs: MAX_PACKET_ENTRIES,
          maxIdontwantMessageIDs: MAX_PACKET_ENTRIES,
          maxControlMessages: MAX_PACKET_ENTRIES,
          maxPeerInfos: 0,
        },
        scoreParams: {
          IPColocationFactorWeight: 0, // peers are known by credential; many may share an address
          appSpecificScore: (peer) => -offences.of(peer),
          appSpecificWeight: OFFENCE_WEIGHT,
        },
      }),
    },
  });
  writeProtocolsOnce(host);
  return host;
}

/** With gossipsub's thresholds: no gossip after 2 rejected messages at once, ignored after 8. */
const OFFENCE_WEIGHT = 10;

/** Starts listening; says in our words why it could not. */
export async function startHost(host: Host): Promise<void> {
  try {
    await host.start();
  } catch (cause) {
    await host.stop();
    throw listenProblem(cause);
  }
}

/** libp2p hands the system's words on as a part of its own, without their code. */
function listenProblem(cause: unknown): unknown {
  const detail = cause instanceof Error ? cause.message : '';
  const found = /\/ip[46]\/([^/\s]+)\/tcp\/(\d+): Error: listen (E[A-Z]+):/.exec(detail);
  if (found === null) return cause;
  const [, address = '', port, code] = found;
  return listenError(Object.assign(new Error(detail, { cause }), { code }), address, Number(port));
}

import { type ServiceProtocol, splitServiceKey } from '../../core/index.ts';
import { NEVER } from '../deadlines.ts';
import type { Gate } from '../gate.ts';
import type { MeshView } from '../mesh-view.ts';
import { judgePeer, type TlsPeer } from '../tunnel/index.ts';
import type { Exchange } from './exchange.ts';
import type { Field } from './field.ts';
import type { LeaseFailure, ServerLoss, Servers } from './halves.ts';
import type { Hop } from './hop.ts';
import type { RequestHead } from './message.ts';
import type { Reply } from './reply.ts';

const NO_FIELDS: readonly Field[] = [];

/** One peer's requests to our application: policy for entering, and who the peer is for the application. */
export class IngressHop implements Hop {
  /** The caller's sidecar keeps the time, and takes the request back when it is over. */
  readonly requestTimeoutMs = NEVER;
  readonly denial = DENIED;
  readonly gate: Gate;
  readonly endsAtMs: number;
  readonly defaultHost: string;
  readonly #peer: TlsPeer;
  readonly #application: Servers;

  constructor(gate: Gate, peer: TlsPeer, application: Servers) {
    const { deadlines, clock } = gate.runtime;
    const { name, namespace } = splitServiceKey(gate.service);
    this.defaultHost = `${name}.${namespace}`;
    this.gate = gate;
    this.#peer = peer;
    this.#application = application;
    this.endsAtMs = deadlines.now() + (peer.notAfterMs - clock.now());
  }

  refusal(view: MeshView, request: RequestHead): Reply | undefined {
    const now = this.gate.runtime.clock.now();
    // It may have been revoked since the handshake, or its authority removed.
    if (!judgePeer(this.#peer, view.bundle, now).ok) return PEER_NOT_TRUSTED;
    const service = view.services.get(this.gate.service);
    if (service === undefined) return UNKNOWN_SERVICE;
    const carried = CARRIED[service.protocol];
    return carried.includes(kindOf(request)) ? undefined : WRONG_PROTOCOL;
  }

  lease(exchange: Exchange): void {
    this.#application.lease(exchange, exchange.retried);
    if (exchange.pending !== undefined) exchange.awaitServer();
  }

  unleased(exchange: Exchange, failure: LeaseFailure): void {
    const retry = exchange.retried ? 'idempotent' : 'safe';
    exchange.reply({ ...(failure.stage === 'pool' ? OVERLOADED : NOT_LISTENING), retry });
  }

  lost(exchange: Exchange, loss: ServerLoss): void {
    const possible = loss === 'unprocessed' ? exchange.replayable : exchange.repeatable;
    if (exchange.retried || !possible) {
      exchange.reply(loss === 'unprocessed' ? APPLICATION_REFUSED : APPLICATION_CLOSED);
      return;
    }
    // Most likely an idle connection that the application closed while the request was on its way.
    exchange.retried = true;
    exchange.again();
  }

  supersedes(): boolean {
    return false;
  }

  requestFields(): readonly Field[] {
    return this.#peer.fields;
  }

  answerFields(): readonly Field[] {
    return NO_FIELDS;
  }
}

type Kind = 'requests' | 'bytes' | 'datagrams';

const kindOf = ({ method, upgrade }: RequestHead): Kind =>
  upgrade === 'connect-udp' ? 'datagrams' : method === 'CONNECT' ? 'bytes' : 'requests';

/** What a service takes, by what it speaks. */
const CARRIED: Readonly<Record<ServiceProtocol, readonly Kind[]>> = {
  http: ['requests'],
  http2: ['requests'],
  grpc: ['requests'],
  tcp: ['bytes'],
  udp: ['datagrams'],
  auto: ['requests', 'bytes'],
};

const UNKNOWN_SERVICE: Reply = {
  status: 503,
  reason: 'unknown-service',
  text: 'the trust repository no longer has this service',
  retry: 'safe',
};
const DENIED: Reply = {
  status: 403,
  reason: 'denied-by-policy',
  text: 'no policy lets this caller send this request to this service',
};
const PEER_NOT_TRUSTED: Reply = {
  status: 403,
  reason: 'peer-not-trusted',
  text: "the caller's certificate was revoked, or its authority is no longer in force",
};
const WRONG_PROTOCOL: Reply = {
  status: 502,
  reason: 'wrong-protocol',
  text: 'the service does not speak what the caller believes that it speaks',
};
const NOT_LISTENING: Reply = {
  status: 503,
  reason: 'app-not-listening',
  text: 'the application does not accept connections',
};
const OVERLOADED: Reply = {
  status: 503,
  reason: 'overloaded',
  text: 'too many connections to the application are in use',
};
const APPLICATION_REFUSED: Reply = {
  status: 503,
  reason: 'upstream-closed',
  text: 'the application took no more requests on its connections',
  retry: 'safe',
};
const APPLICATION_CLOSED: Reply = {
  status: 503,
  reason: 'upstream-closed',
  text: 'the application ended the connection before an answer',
  retry: 'idempotent',
};

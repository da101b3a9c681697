import { splitServiceKey } from '../../core/index.ts';
import type { Gate } from '../gate.ts';
import type { Reply } from '../http/reply.ts';
import type { MeshView } from '../mesh-view.ts';
import { isTrusted, type TlsPeer } from '../tunnel/index.ts';
import type { Exchange } from './exchange.ts';
import type { Hop } from './hop.ts';
import type { LeaseFailure, Pool } from './pool.ts';

/** One peer's requests to our application: policy for entering, and who the peer is for the application. */
export class IngressHop implements Hop {
  /** The caller's sidecar keeps the time, and closes the connection when it is over. */
  readonly requestTimeoutMs = Number.POSITIVE_INFINITY;
  readonly denial = DENIED;
  readonly gate: Gate;
  readonly endsAtMs: number;
  readonly requestLines: string;
  readonly defaultHost: string;
  readonly #peer: TlsPeer;
  readonly #application: Pool;

  constructor(gate: Gate, peer: TlsPeer, application: Pool) {
    const { deadlines, clock } = gate.runtime;
    const { name, namespace } = splitServiceKey(gate.service);
    this.defaultHost = `${name}.${namespace}`;
    this.gate = gate;
    this.#peer = peer;
    this.#application = application;
    this.requestLines = `x-selvage-peer: ${peer.spiffeId}\r\n`;
    this.endsAtMs = deadlines.now() + (peer.notAfterMs - clock.now());
  }

  /** An authority may have been removed since the handshake. */
  refusal(view: MeshView): Reply | undefined {
    const now = this.gate.runtime.clock.now();
    return isTrusted(this.#peer, view.bundle, now) ? undefined : PEER_NOT_TRUSTED;
  }

  lease(exchange: Exchange): void {
    exchange.leaseFrom(this.#application);
  }

  unleased(exchange: Exchange, failure: LeaseFailure): void {
    const retry = exchange.retried ? 'idempotent' : 'safe';
    exchange.reply({ ...(failure.stage === 'pool' ? OVERLOADED : NOT_LISTENING), retry });
  }

  lost(exchange: Exchange): void {
    if (exchange.retried || !exchange.repeatable) {
      exchange.reply(APPLICATION_CLOSED);
      return;
    }
    // Most likely an idle connection that the application closed while the request was on its way.
    exchange.retried = true;
    exchange.again();
  }

  supersedes(): boolean {
    return false;
  }

  responseLines(): string {
    return '';
  }
}

const DENIED: Reply = {
  status: 403,
  reason: 'denied-by-policy',
  text: 'no policy lets this caller send this request to this service',
};
const PEER_NOT_TRUSTED: Reply = {
  status: 403,
  reason: 'peer-not-trusted',
  text: "the authority of the caller's certificate is no longer in force",
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
const APPLICATION_CLOSED: Reply = {
  status: 503,
  reason: 'upstream-closed',
  text: 'the application ended the connection before an answer',
  retry: 'idempotent',
};

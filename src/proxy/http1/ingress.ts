import { type ServiceKey, splitServiceKey } from '../../core/index.ts';
import { verifySvid } from '../../crypto/index.ts';
import { authorize, methodOf } from '../authorize.ts';
import type { MeshView } from '../mesh-view.ts';
import type { PairMetrics } from '../metrics.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import type { Exchange } from './exchange.ts';
import type { RequestHead } from './head.ts';
import type { Hop } from './hop.ts';
import type { LeaseFailure, Pool } from './pool.ts';
import type { Reply } from './reply.ts';

/** One peer's requests to our application: policy for entering, and who the peer is for the application. */
export class IngressHop implements Hop {
  /** The caller's sidecar keeps the time, and closes the connection when it is over. */
  readonly requestTimeoutMs = Number.POSITIVE_INFINITY;
  readonly metrics: PairMetrics;
  readonly endsAtMs: number;
  readonly requestLines: string;
  readonly defaultHost: string;
  readonly #runtime: Runtime;
  readonly #key: ServiceKey;
  readonly #peer: TlsPeer;
  readonly #application: Pool;
  #bundleVersion: number | undefined;

  constructor(
    runtime: Runtime,
    key: ServiceKey,
    peer: TlsPeer,
    application: Pool,
    metrics: PairMetrics,
  ) {
    const { name, namespace } = splitServiceKey(key);
    this.defaultHost = `${name}.${namespace}`;
    this.#runtime = runtime;
    this.#key = key;
    this.#peer = peer;
    this.#application = application;
    this.metrics = metrics;
    this.requestLines = `x-selvage-peer: ${peer.spiffeId}\r\n`;
    this.endsAtMs = runtime.deadlines.now() + (peer.notAfterMs - runtime.clock.now());
    this.#bundleVersion = runtime.mesh.view?.bundleVersion;
  }

  admit(head: RequestHead, sourceIp: string): Reply | undefined {
    const { view } = this.#runtime.mesh;
    if (view === undefined || !this.#isStillTrusted(view)) return PEER_NOT_TRUSTED;
    const { method, path, host } = head;
    const principal = this.#peer.spiffeId;
    const request = { principal, resource: this.#key, sourceIp, path, host };
    const action = { action: 'http', method: methodOf(method) } as const;
    return authorize(this.#runtime, view, { ...request, ...action }, this.metrics)
      ? undefined
      : DENIED;
  }

  /** An authority may have been removed since the handshake. */
  #isStillTrusted(view: MeshView): boolean {
    if (view.bundleVersion === this.#bundleVersion) return true;
    const now = this.#runtime.clock.now();
    if (!verifySvid(this.#peer.leafDer, view.bundle, { now }).ok) return false;
    this.#bundleVersion = view.bundleVersion;
    return true;
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

import { splitServiceKey } from '../../core/index.ts';
import type { SnapshotEndpoint, SnapshotService } from '../../snapshot/index.ts';
import type { Gate } from '../gate.ts';
import type { Reply } from '../http/reply.ts';
import { CONNECT_ATTEMPTS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { dialTargetOf, type ServiceTarget } from '../service-target.ts';
import type { Exchange } from './exchange.ts';
import type { ResponseHead } from './head.ts';
import type { Hop } from './hop.ts';
import { type LeaseFailure, Pool } from './pool.ts';

/** Our application's requests to one service: policy for leaving, a choice of endpoints, mutual TLS. */
export class EgressHop implements Hop {
  readonly endsAtMs = Number.POSITIVE_INFINITY;
  readonly requestLines = '';
  readonly denial = DENIED;
  readonly gate: Gate;
  readonly defaultHost: string;
  readonly #target: ServiceTarget;
  readonly #pools: EndpointPools;

  constructor(gate: Gate, target: ServiceTarget, pools: EndpointPools) {
    const { name, namespace } = splitServiceKey(gate.service);
    this.defaultHost = `${name}.${namespace}`;
    this.gate = gate;
    this.#target = target;
    this.#pools = pools;
  }

  get requestTimeoutMs(): number {
    return this.#target.service?.requestTimeoutMs ?? Number.POSITIVE_INFINITY;
  }

  refusal(): Reply | undefined {
    return this.#target.service === undefined ? UNKNOWN_SERVICE : undefined;
  }

  lease(exchange: Exchange): void {
    const { balancer } = this.#target;
    const untried = balancer.pick(exchange.tried);
    // A request that is sent again may go where it was, on a new connection, if there is nowhere else.
    const endpoint = untried ?? (exchange.retried ? balancer.pick() : undefined);
    const pool = endpoint === undefined ? undefined : this.#pools.of(endpoint);
    if (endpoint === undefined || pool === undefined || exchange.tried.length >= CONNECT_ATTEMPTS) {
      exchange.reply(exchange.tried.length === 0 ? NO_ENDPOINTS : UNREACHABLE);
      return;
    }
    exchange.endpoint = endpoint;
    exchange.leaseFrom(pool);
  }

  unleased(exchange: Exchange, failure: LeaseFailure): void {
    if (failure.stage === 'pool') {
      exchange.reply(OVERLOADED);
      return;
    }
    if (exchange.endpoint !== undefined) {
      this.#target.balancer.failed(exchange.endpoint);
      exchange.tried = [...exchange.tried, exchange.endpoint];
    }
    this.lease(exchange);
  }

  lost(exchange: Exchange): void {
    if (exchange.retried || !exchange.repeatable) {
      exchange.reply(UPSTREAM_CLOSED);
      return;
    }
    this.#retry(exchange);
    exchange.again();
  }

  supersedes(exchange: Exchange, head: ResponseHead): boolean {
    const { endpoint } = exchange;
    if (endpoint === undefined) return false;
    const { balancer } = this.#target;
    if (head.meshRetry === undefined) {
      balancer.succeeded(endpoint);
      return false;
    }
    balancer.failed(endpoint);
    const possible = head.meshRetry === 'safe' ? exchange.replayable : exchange.repeatable;
    if (exchange.retried || !possible) return false;
    if (balancer.pick([...exchange.tried, endpoint]) === undefined) return false;
    this.#retry(exchange);
    return true;
  }

  #retry(exchange: Exchange): void {
    exchange.retried = true;
    if (exchange.endpoint !== undefined) exchange.tried = [exchange.endpoint];
    this.gate.runtime.metrics.retried(this.gate.service);
  }

  responseLines(exchange: Exchange, { meshReason }: ResponseHead): string {
    const peer = exchange.upstream?.peer;
    const lines = peer === undefined ? '' : `x-selvage-peer: ${peer.spiffeId}\r\n`;
    // Only a verified sidecar can have set it: the callee's strips what its application sends.
    return meshReason === undefined ? lines : `${lines}x-selvage-reason: ${meshReason}\r\n`;
  }
}

/** The pools of one service, by endpoint; they stay while the endpoint's address does. */
export class EndpointPools {
  readonly #runtime: Runtime;
  #byAddress = new Map<string, Pool>();
  #byEndpoint = new Map<SnapshotEndpoint, Pool>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  of(endpoint: SnapshotEndpoint): Pool | undefined {
    return this.#byEndpoint.get(endpoint);
  }

  update(service: SnapshotService | undefined): void {
    const before = this.#byAddress;
    this.#byAddress = new Map();
    this.#byEndpoint = new Map();
    for (const endpoint of service?.endpoints ?? []) {
      if (service === undefined) break;
      const key = `${endpoint.id} ${endpoint.address} ${endpoint.port}`;
      const target = dialTargetOf(service, endpoint);
      const pool = before.get(key) ?? new Pool(this.#runtime, target);
      pool.retarget(target);
      before.delete(key);
      this.#byAddress.set(key, pool);
      this.#byEndpoint.set(endpoint, pool);
    }
    for (const pool of before.values()) pool.close();
  }

  /** Our certificate or the bundle changed. */
  sweep(): void {
    for (const pool of this.#byAddress.values()) pool.sweep();
  }
}

const DENIED: Reply = {
  status: 403,
  reason: 'denied-by-policy',
  text: 'no policy lets this workload send this request',
};
const UNKNOWN_SERVICE: Reply = {
  status: 503,
  reason: 'unknown-service',
  text: 'the trust repository has no such service, or not for this workload',
};
const NO_ENDPOINTS: Reply = {
  status: 503,
  reason: 'no-endpoints',
  text: 'no endpoint of this service is ready',
};
const UNREACHABLE: Reply = {
  status: 503,
  reason: 'unreachable',
  text: 'no endpoint of this service could be connected to',
};
const OVERLOADED: Reply = {
  status: 503,
  reason: 'overloaded',
  text: 'too many connections to this endpoint are in use',
};
const UPSTREAM_CLOSED: Reply = {
  status: 502,
  reason: 'upstream-closed',
  text: 'the connection ended before an answer, and the request cannot be sent twice',
};

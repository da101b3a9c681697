import { splitServiceKey } from '../../core/index.ts';
import { NEVER } from '../deadlines.ts';
import type { Gate } from '../gate.ts';
import { CONNECT_ATTEMPTS } from '../limits.ts';
import type { EndpointServers, ServiceTarget } from '../service-target.ts';
import type { Exchange } from './exchange.ts';
import { Field } from './field.ts';
import type { LeaseFailure, ServerLoss } from './halves.ts';
import type { Hop } from './hop.ts';
import type { ResponseHead } from './message.ts';
import type { Reply } from './reply.ts';
import { TraceContext } from './trace-context.ts';

const NO_FIELDS: readonly Field[] = [];

/** Our application's requests to one service: policy for leaving, a choice of endpoints, mutual TLS. */
export class EgressHop implements Hop {
  readonly endsAtMs = NEVER;
  readonly denial = DENIED;
  readonly gate: Gate;
  readonly defaultHost: string;
  readonly #target: ServiceTarget;
  readonly #servers: EndpointServers;
  readonly #traces: TraceContext;

  constructor(gate: Gate, target: ServiceTarget, servers: EndpointServers) {
    const { name, namespace } = splitServiceKey(gate.service);
    this.defaultHost = `${name}.${namespace}`;
    this.gate = gate;
    this.#target = target;
    this.#servers = servers;
    this.#traces = new TraceContext(gate.runtime.random);
  }

  get requestTimeoutMs(): number {
    return this.#target.service?.requestTimeoutMs ?? NEVER;
  }

  refusal(): Reply | undefined {
    return this.#target.service === undefined ? UNKNOWN_SERVICE : undefined;
  }

  lease(exchange: Exchange): void {
    const { balancer } = this.#target;
    const untried = balancer.pick(exchange.tried);
    // A request that is sent again may go where it was, on a new connection, if there is nowhere else.
    const endpoint = untried ?? (exchange.retried ? balancer.pick() : undefined);
    const servers = endpoint === undefined ? undefined : this.#servers.of(endpoint);
    if (
      endpoint === undefined ||
      servers === undefined ||
      exchange.tried.length >= CONNECT_ATTEMPTS
    ) {
      exchange.reply(exchange.tried.length === 0 ? NO_ENDPOINTS : UNREACHABLE);
      return;
    }
    exchange.endpoint = endpoint;
    servers.lease(exchange, exchange.retried);
    if (exchange.pending !== undefined) exchange.awaitServer();
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

  lost(exchange: Exchange, loss: ServerLoss): void {
    const possible = loss === 'unprocessed' ? exchange.replayable : exchange.repeatable;
    if (exchange.retried || !possible) {
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

  requestFields({ request }: Exchange): readonly Field[] {
    const trace = this.#traces.fieldFor(request.fields);
    return trace === undefined ? NO_FIELDS : [trace];
  }

  answerFields({ server }: Exchange, { meshReason }: ResponseHead): readonly Field[] {
    const fields = server?.peer?.fields ?? NO_FIELDS;
    // Only a verified sidecar can have set it: the callee's strips what its application sends.
    return meshReason === undefined
      ? fields
      : [...fields, new Field('x-selvage-reason', meshReason)];
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

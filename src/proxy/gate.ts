import type { ServiceKey, ServiceProtocol, SpiffeId } from '../core/index.ts';
import { type Decision, HTTP_METHODS, type HttpMethod, type TlsFacts } from '../policy/index.ts';
import type { SnapshotEndpoint } from '../snapshot/index.ts';
import { DecisionTap } from './decision-sampler.ts';
import type { Reply, RequestHead } from './http/index.ts';
import type { PairMetrics } from './metrics.ts';
import { type CutReason, Permission, type Question } from './permission.ts';
import type { Runtime } from './runtime.ts';
import type { TlsPeer } from './tunnel/index.ts';

const METHODS: ReadonlySet<string> = new Set(HTTP_METHODS);

/** A method as policies know it; an unknown one is `OTHER`, so that it matches no rule for a known one. */
const methodOf = (method: string): HttpMethod =>
  METHODS.has(method) ? (method as HttpMethod) : 'OTHER'; // METHODS holds HttpMethods only

// Listeners accept no other version. Two objects for all requests, so that none makes garbage.
const FULL_TLS: TlsFacts = { version: 'TLSv1.3', resumed: false };
const RESUMED_TLS: TlsFacts = { version: 'TLSv1.3', resumed: true };

/**
 * Where the traffic of one caller to one service is decided on. At the service's side the caller is a
 * verified peer; at the caller's own side it is our application.
 */
export class Gate {
  readonly runtime: Runtime;
  readonly service: ServiceKey;
  readonly metrics: PairMetrics;
  /** At the service's side. */
  readonly caller: TlsPeer | undefined;
  /** The application's; at the caller's side it is not known. */
  readonly #port: number | undefined;
  readonly #tap: DecisionTap | undefined;

  private constructor(
    runtime: Runtime,
    service: ServiceKey,
    metrics: PairMetrics,
    ingress?: { readonly caller: TlsPeer; readonly port: number },
  ) {
    this.runtime = runtime;
    this.service = service;
    this.metrics = metrics;
    this.caller = ingress?.caller;
    this.#port = ingress?.port;
    this.#tap = runtime.sampler && new DecisionTap(runtime.sampler);
  }

  /** For what our application sends. */
  static leaving(runtime: Runtime, service: ServiceKey): Gate {
    const source = runtime.mesh.credential?.account ?? 'unknown';
    return new Gate(runtime, service, runtime.metrics.pair(source, service, 'outbound'));
  }

  /** For what `caller` sends to our application on `port`. */
  static entering(runtime: Runtime, service: ServiceKey, caller: TlsPeer, port: number): Gate {
    const metrics = runtime.metrics.pair(caller.account, service, 'inbound');
    return new Gate(runtime, service, metrics, { caller, port });
  }

  /** For a connection or a flow of datagrams; undefined while the caller is not known. */
  connection(sourceIp: string): Permission | undefined {
    const principal = this.#principal();
    if (principal === undefined) return undefined;
    const protocol = this.#protocol() === 'udp' ? 'udp' : 'tcp';
    const resource = this.service;
    return this.#permission({ principal, resource, sourceIp, action: 'connect', protocol });
  }

  /**
   * For a request; undefined while the caller is not known. What the service speaks says which rules hold, and
   * nothing in the request: a client could choose its rules otherwise.
   */
  request(
    { method, path, host }: RequestHead,
    sourceIp: string,
    headers: Readonly<Record<string, string>> | undefined,
  ): Permission | undefined {
    const principal = this.#principal();
    if (principal === undefined) return undefined;
    const resource = this.service;
    const question: Question =
      this.#protocol() === 'grpc'
        ? { principal, resource, sourceIp, action: 'grpc', path, host }
        : { principal, resource, sourceIp, action: 'http', method: methodOf(method), path, host };
    if (headers !== undefined) question.headers = headers;
    return this.#permission(question);
  }

  /** As the trust repository says. */
  #protocol(): ServiceProtocol | undefined {
    return this.runtime.mesh.view?.services.get(this.service)?.protocol;
  }

  #principal(): SpiffeId | undefined {
    return this.caller?.spiffeId ?? this.runtime.mesh.credential?.spiffeId;
  }

  #permission(question: Question): Permission {
    const { caller } = this;
    if (this.#port !== undefined) question.port = this.#port;
    if (caller !== undefined) question.tls = caller.resumed ? RESUMED_TLS : FULL_TLS;
    const locality = this.#locality();
    if (locality !== undefined) question.locality = locality;
    return new Permission(this, question);
  }

  /** Where the caller runs is known at its own side only. */
  #locality(): string | undefined {
    return this.caller === undefined ? this.runtime.mesh.view?.snapshot.locality : undefined;
  }

  /**
   * Each call is sampled where its way ends: at the service's side, which protects it, or at the caller's own when it
   * goes no further. So none is counted twice.
   */
  decided(question: Question, { allowed }: Decision): void {
    if (this.caller !== undefined || !allowed) this.#tap?.decided(question);
  }

  /** A request that could not be read was answered. */
  refused({ status, reason }: Reply): void {
    this.metrics.answered(status, 0);
    this.runtime.limitedLog.info('refused a request', reason, { ...this.metrics.labels });
  }

  /** A request or a connection came to nothing: its client sees an error, or no more than its end. `at`: where it was last. */
  gaveUp(
    { method, path }: RequestHead,
    { status, reason }: Reply,
    at: SnapshotEndpoint | undefined,
  ): void {
    const { labels } = this.metrics;
    const place = at && { node: at.node, address: `${at.address}:${at.port}` };
    if (method === 'CONNECT') {
      this.runtime.limitedLog.warn('gave a connection up', reason, { ...labels, ...place });
    } else {
      const fields = { ...labels, ...place, method, path, status };
      this.runtime.limitedLog.warn('gave a request up', reason, fields);
    }
  }

  denied(question: Question, { policies, errors }: Decision): void {
    this.metrics.denied();
    const fields = { ...this.#described(question), policies, errors };
    this.runtime.limitedLog.warn('denied by policy', this.metrics.labels.direction, fields);
  }

  /** No authority was heard of for too long: policies are not even asked. */
  deniedAsStale(): void {
    this.metrics.denied();
    const { labels } = this.metrics;
    this.runtime.limitedLog.warn('denied, what is in force is stale', labels.direction, {
      ...labels,
    });
  }

  /** Policies in audit mode would have decided otherwise. */
  audited(question: Question, { allowed, audit }: Decision): void {
    const effect = allowed ? 'forbid' : 'permit';
    for (const policy of audit) {
      this.metrics.audited(policy, effect);
      const fields = { ...this.#described(question), policy, effect };
      this.runtime.limitedLog.info('audited by policy', policy, fields);
    }
  }

  /** Each one is logged: who can cause it was let in, and people look for it. */
  cut(question: Question, reason: CutReason, decision: Decision | undefined): void {
    this.metrics.cut(reason);
    const { policies = [], errors = [] } = decision ?? {};
    const fields = { ...this.#described(question), reason, policies, errors };
    this.runtime.log.warn('cut a connection', fields);
  }

  /** What a person looks for in a log; of a user the name, never a claim or a header. */
  #described(question: Question): Readonly<Record<string, unknown>> {
    const { principal, resource, sourceIp, action, user } = question;
    const { direction } = this.metrics.labels;
    const shared = { direction, principal, resource, sourceIp, action };
    const named =
      user === undefined ? shared : { ...shared, user: `${user.issuer}|${user.subject}` };
    if (question.action === 'connect') return named;
    const { path, host } = question;
    const { method } = question.action === 'http' ? question : {};
    return { ...named, ...(method === undefined ? {} : { method }), path, host };
  }
}

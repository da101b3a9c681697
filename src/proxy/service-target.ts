import { Balancer } from '../balance/index.ts';
import type { SnapshotEndpoint, SnapshotService } from '../snapshot/index.ts';
import type { DialTarget } from './dial.ts';
import { HboneServers, hboneRouteOf } from './hbone/index.ts';
import type { Servers } from './http/index.ts';
import { Http2Servers } from './http2/index.ts';
import { WARM_ENDPOINTS } from './limits.ts';
import type { Runtime } from './runtime.ts';

/** One upstream service, as it is now: which endpoints it has and how they have been doing. */
export class ServiceTarget {
  readonly balancer: Balancer<SnapshotEndpoint>;
  #service: SnapshotService | undefined;

  constructor(runtime: Runtime) {
    this.balancer = new Balancer(runtime.clock, runtime.random);
  }

  /** Undefined when the snapshot does not have it (any more). */
  get service(): SnapshotService | undefined {
    return this.#service;
  }

  update(service: SnapshotService | undefined): void {
    const before = this.#service?.endpoints;
    this.#service = service;
    if (before === undefined || before !== service?.endpoints) {
      this.balancer.update(service?.endpoints ?? []);
    }
  }
}

/** How to reach one endpoint of a service, over mutual TLS. */
const dialTargetOf = (
  { key, identities, connectTimeoutMs }: SnapshotService,
  endpoint: SnapshotEndpoint,
): DialTarget => ({
  host: endpoint.address,
  port: endpoint.port,
  ...hboneRouteOf(endpoint),
  connectTimeoutMs,
  mesh: { service: key, identities },
});

/** When a service has connections that no request asked for: always, or while requests need it. */
export type Warm = 'always' | 'in-use';

/** How one endpoint is reached. */
interface Reached {
  /** Of the endpoint at its address: equal keys, equal connections. */
  readonly key: string;
  readonly servers: Http2Servers;
  /** As it is handed out. */
  readonly offered: Servers;
}

/** The connections to one service's endpoints; they stay while the endpoint's address does. */
export class EndpointServers {
  readonly #runtime: Runtime;
  readonly #warm: Warm;
  #byEndpoint = new Map<SnapshotEndpoint, Reached>();
  /** Under which rules and certificate they were last told where to go. */
  #circumstances: readonly unknown[] = [];

  constructor(runtime: Runtime, warm: Warm) {
    this.#runtime = runtime;
    this.#warm = warm;
  }

  of(endpoint: SnapshotEndpoint): Servers | undefined {
    return this.#byEndpoint.get(endpoint)?.offered;
  }

  /** The service, our certificate or the bundle changed. Where only some endpoints did, the others are left alone. */
  update(service: SnapshotService | undefined): void {
    const before = this.#byEndpoint;
    const isSame = this.#areSameCircumstances(service);
    const next = new Map<SnapshotEndpoint, Reached>();
    const others: SnapshotEndpoint[] = [];
    for (const endpoint of service?.endpoints ?? []) {
      const kept = isSame ? before.get(endpoint) : undefined;
      if (kept === undefined) others.push(endpoint);
      else next.set(endpoint, kept);
    }
    const left = new Map<string, Reached>();
    for (const [endpoint, reached] of before) {
      if (!next.has(endpoint)) left.set(reached.key, reached);
    }
    for (const endpoint of others) {
      if (service !== undefined) next.set(endpoint, this.#reach(service, endpoint, left));
    }
    this.#byEndpoint = next; // before any is closed: who waited for it looks for another one at once
    for (const { servers } of left.values()) servers.close();
    this.#warmSome();
  }

  #areSameCircumstances(service: SnapshotService | undefined): boolean {
    const { credential, view } = this.#runtime.mesh;
    const before = this.#circumstances;
    const now = [service?.identities, service?.connectTimeoutMs, credential, view?.bundle];
    this.#circumstances = now;
    return now.every((each, index) => each === before[index]);
  }

  /** By the connections that are there to its address, if they are among those that are `left`. */
  #reach(
    service: SnapshotService,
    endpoint: SnapshotEndpoint,
    left: Map<string, Reached>,
  ): Reached {
    const target = dialTargetOf(service, endpoint);
    const { host, port, authority } = target;
    const key = `${endpoint.id} ${host} ${port} ${authority ?? ''}`;
    const servers = left.get(key)?.servers ?? new Http2Servers(this.#runtime, target);
    left.delete(key);
    servers.retarget(target);
    return { key, servers, offered: authority === undefined ? servers : new HboneServers(servers) };
  }

  /** From any of them on: not all callers are to choose the same. */
  #warmSome(): void {
    const all = [...this.#byEndpoint.values()].map(({ servers }) => servers);
    const inUse = all.filter((servers) => servers.isInUse).length;
    if (this.#runtime.mesh.credential === undefined || (this.#warm === 'in-use' && inUse === 0)) {
      return;
    }
    const first = Math.floor(this.#runtime.random.fraction() * all.length);
    const cold = [...all.slice(first), ...all.slice(0, first)].filter(({ isInUse }) => !isInUse);
    for (const servers of cold.slice(0, Math.max(0, WARM_ENDPOINTS - inUse))) servers.warm();
  }
}

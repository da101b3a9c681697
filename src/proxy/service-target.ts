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
    this.#service = service;
    this.balancer.update(service?.endpoints ?? []);
  }
}

/** How to reach one endpoint of a service, over mutual TLS. */
export const dialTargetOf = (
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

/** The connections to one service's endpoints; they stay while the endpoint's address does. */
export class EndpointServers {
  readonly #runtime: Runtime;
  readonly #warm: Warm;
  #byAddress = new Map<string, Http2Servers>();
  #byEndpoint = new Map<SnapshotEndpoint, Servers>();

  constructor(runtime: Runtime, warm: Warm) {
    this.#runtime = runtime;
    this.#warm = warm;
  }

  of(endpoint: SnapshotEndpoint): Servers | undefined {
    return this.#byEndpoint.get(endpoint);
  }

  /** The service, our certificate or the bundle changed. */
  update(service: SnapshotService | undefined): void {
    const before = this.#byAddress;
    this.#byAddress = new Map();
    this.#byEndpoint = new Map();
    for (const endpoint of service?.endpoints ?? []) {
      if (service === undefined) break;
      const target = dialTargetOf(service, endpoint);
      const { host, port, authority } = target;
      const key = `${endpoint.id} ${host} ${port} ${authority ?? ''}`;
      const servers = before.get(key) ?? new Http2Servers(this.#runtime, target);
      servers.retarget(target);
      before.delete(key);
      this.#byAddress.set(key, servers);
      this.#byEndpoint.set(endpoint, authority === undefined ? servers : new HboneServers(servers));
    }
    for (const servers of before.values()) servers.close();
    this.#warmSome();
  }

  /** From any of them on: not all callers are to choose the same. */
  #warmSome(): void {
    const all = [...this.#byAddress.values()];
    const inUse = all.filter((servers) => servers.isInUse).length;
    if (this.#runtime.mesh.credential === undefined || (this.#warm === 'in-use' && inUse === 0)) {
      return;
    }
    const first = Math.floor(this.#runtime.random.fraction() * all.length);
    const cold = [...all.slice(first), ...all.slice(0, first)].filter(({ isInUse }) => !isInUse);
    for (const servers of cold.slice(0, Math.max(0, WARM_ENDPOINTS - inUse))) servers.warm();
  }
}

import { Balancer } from '../balance/index.ts';
import type { SnapshotEndpoint, SnapshotService } from '../snapshot/index.ts';
import type { DialTarget } from './dial.ts';
import type { Servers } from './http/halves.ts';
import { Http2Servers } from './http2/index.ts';
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
  connectTimeoutMs,
  mesh: { service: key, identities },
});

/** The connections to one service's endpoints; they stay while the endpoint's address does. */
export class EndpointServers {
  readonly #runtime: Runtime;
  #byAddress = new Map<string, Http2Servers>();
  #byEndpoint = new Map<SnapshotEndpoint, Http2Servers>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
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
      const key = `${endpoint.id} ${endpoint.address} ${endpoint.port}`;
      const target = dialTargetOf(service, endpoint);
      const servers = before.get(key) ?? new Http2Servers(this.#runtime, target);
      servers.retarget(target);
      before.delete(key);
      this.#byAddress.set(key, servers);
      this.#byEndpoint.set(endpoint, servers);
    }
    for (const servers of before.values()) servers.close();
  }
}

import { Balancer } from '../balance/index.ts';
import type { SnapshotEndpoint, SnapshotService } from '../snapshot/index.ts';
import type { DialTarget } from './dial.ts';
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
  { key, protocol, identities, connectTimeoutMs }: SnapshotService,
  endpoint: SnapshotEndpoint,
): DialTarget => ({
  host: endpoint.address,
  port: endpoint.port,
  connectTimeoutMs,
  mesh: { service: key, protocol, identities },
});

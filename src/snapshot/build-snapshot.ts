import { byText, type NodeName, type ServiceKey } from '../core/index.ts';
import type { ServiceResource, TrustSet } from '../governance/index.ts';
import { type Endpoint, type EndpointList, portForCallers } from '../registry/index.ts';
import type { Snapshot, SnapshotEndpoint, SnapshotService } from './snapshot.ts';

/** What one sidecar said that it needs. */
export interface Needs {
  readonly upstreams: readonly ServiceKey[];
  /** The service that its own workload serves. */
  readonly serves?: ServiceKey;
  /** Addresses of this host that mean a service to its workload alone. */
  readonly addresses?: ReadonlyMap<ServiceKey, string>;
}

/**
 * The view for one sidecar: the services it calls with their ready endpoints, the one it serves without
 * (it needs the protocol, not its siblings), the name of the policies, and nothing else. Equal inputs, in whatever
 * order, give equal snapshots, byte for byte, so that a node sends only what changed.
 */
export function buildSnapshot(input: {
  readonly trust: TrustSet;
  readonly node: NodeName;
  /** The endpoints of a service that get traffic, in the order of their ids. */
  readonly offered: (service: ServiceKey) => EndpointList;
  readonly policyDigest: string;
  /** Where the node runs, if that is said. */
  readonly locality?: string;
  readonly for: Needs;
}): Snapshot {
  const { trust, node, offered, policyDigest, locality } = input;
  const { upstreams, serves, addresses } = input.for;
  const called = new Set(upstreams);
  const services = trust.services
    .filter(({ key }) => called.has(key) || key === serves)
    .map((service) => ({
      ...serviceView(service, called.has(service.key) ? offered(service.key) : []),
      ...virtualOf(service, addresses?.get(service.key)),
    }));
  return {
    trustDomain: trust.trustDomain,
    node,
    trustVersion: trust.version,
    trustDigest: trust.digest,
    bundle: trust.authorities.map(({ certificatePem }) => certificatePem).toSorted(),
    services: services.toSorted(byText(({ key }) => key)),
    policyDigest,
    ...(locality === undefined ? {} : { locality }),
    policyHeaders: trust.settings.policyHeaders,
    authentications: trust.authentications.toSorted(byText(({ name }) => name)),
  };
}

const serviceView = (service: ServiceResource, endpoints: EndpointList): SnapshotService => ({
  key: service.key,
  protocol: service.protocol,
  identities: service.identities.toSorted(),
  connectTimeoutMs: service.connectTimeoutMs,
  requestTimeoutMs: service.requestTimeoutMs,
  endpoints: endpoints.map(endpointView),
});

function virtualOf(
  service: ServiceResource,
  address: string | undefined,
): Pick<SnapshotService, 'virtual'> {
  const port = portForCallers(service);
  return address === undefined || port === undefined ? {} : { virtual: { address, port } };
}

const endpointView = ({ id, node, claim }: Endpoint): SnapshotEndpoint => ({
  id,
  node,
  address: claim.address,
  port: claim.port,
  labels: Object.fromEntries(Object.entries(claim.labels).toSorted(byText(([name]) => name))),
});

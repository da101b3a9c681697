import { byText, placeIn, type ServiceKey } from '../core/index.ts';
import type { ServiceResource, TrustSet } from '../governance/index.ts';
import { type Endpoint, type EndpointList, portForCallers } from '../registry/index.ts';
import { withChanges } from './endpoint-buckets.ts';
import { areAlike, differences, type Endpoints } from './endpoint-list.ts';
import type { SnapshotEndpoint, SnapshotService } from './snapshot.ts';

interface Shown {
  readonly resource: ServiceResource;
  readonly offered: EndpointList;
  readonly service: SnapshotService;
}

const NONE: Endpoints = [];

/**
 * Services as sidecars are shown them. What did not change is the very same value as before, and for all sidecars
 * of a node, so that each change is worked out once.
 */
export class ServiceViews {
  readonly #shown = new Map<ServiceKey, Shown>();
  #trust: TrustSet | undefined;

  /** Lets go of services that are in force no more. */
  follow(trust: TrustSet): void {
    if (trust === this.#trust) return;
    this.#trust = trust;
    const inForce = new Set(trust.services.map(({ key }) => key));
    for (const key of this.#shown.keys()) if (!inForce.has(key)) this.#shown.delete(key);
  }

  /** With the endpoints that get traffic, in the order of their ids. */
  called(resource: ServiceResource, offered: EndpointList): SnapshotService {
    const before = this.#shown.get(resource.key);
    if (before?.resource === resource && before.offered === offered) return before.service;
    const service = { ...headOf(resource), endpoints: endpointsOf(offered, before) };
    this.#shown.set(resource.key, { resource, offered, service });
    return service;
  }

  /** Without endpoints. */
  served(resource: ServiceResource): SnapshotService {
    return { ...headOf(resource), endpoints: NONE };
  }
}

/** Where the application of one workload reaches it by name, if that is somewhere. */
export function withAddress(
  service: SnapshotService,
  resource: ServiceResource,
  address: string | undefined,
): SnapshotService {
  const port = portForCallers(resource);
  if (address === undefined || port === undefined) return service;
  return { ...service, virtual: { address, port } };
}

const headOf = (resource: ServiceResource): Omit<SnapshotService, 'endpoints'> => ({
  key: resource.key,
  protocol: resource.protocol,
  identities: resource.identities.toSorted(),
  connectTimeoutMs: resource.connectTimeoutMs,
  requestTimeoutMs: resource.requestTimeoutMs,
});

function endpointsOf(offered: EndpointList, before: Shown | undefined): Endpoints {
  if (before === undefined) return offered.length === 0 ? NONE : offered.map(endpointView);
  const { endpoints } = before.service;
  const { put, removed } = differences(before.offered, offered, (a, b) => a === b);
  const news = put.map(endpointView).filter((view) => {
    const old = endpoints[placeIn(endpoints, view.id)];
    return old?.id !== view.id || !areAlike(old, view); // a weight, say, is not shown
  });
  if (news.length + removed.length === 0) return endpoints;
  return withChanges(endpoints, { put: news, removed });
}

const endpointView = ({ id, node, claim }: Endpoint): SnapshotEndpoint => ({
  id,
  node,
  address: claim.address,
  port: claim.port,
  labels: Object.fromEntries(Object.entries(claim.labels).toSorted(byText(([name]) => name))),
});

import { byText, type NodeName, type ServiceKey } from '../core/index.ts';
import { Revocations } from '../crypto/index.ts';
import { bundleEntries, type TrustSet, upheldAuthorities } from '../governance/index.ts';
import type { EndpointList } from '../registry/index.ts';
import { ServiceViews, withAddress } from './service-views.ts';
import type { Snapshot } from './snapshot.ts';

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
 * order, give equal snapshots, byte for byte.
 */
export function buildSnapshot(input: {
  readonly trust: TrustSet;
  readonly node: NodeName;
  /** What is revoked now; by the trust set alone where it is left out. */
  readonly revocations?: Revocations;
  /** The endpoints of a service that get traffic, in the order of their ids. */
  readonly offered: (service: ServiceKey) => EndpointList;
  readonly policyDigest: string;
  /** Those of the trust set with the keys that the node fetched; left out: as they stand there. */
  readonly authentications?: Snapshot['authentications'];
  /** Where the node runs, if that is said. */
  readonly locality?: string;
  /** When all calls are to be denied unless an authority is heard of before. */
  readonly denyFromMs?: number;
  readonly for: Needs;
  /** Of the snapshots that were built before: what did not change since then is shared with them. */
  readonly views?: ServiceViews;
}): Snapshot {
  const {
    trust,
    node,
    offered,
    policyDigest,
    authentications = trust.authentications,
    locality,
    denyFromMs,
    revocations = new Revocations(trust.revocations, []),
    views = new ServiceViews(),
  } = input;
  const { upstreams, serves, addresses } = input.for;
  const called = new Set(upstreams);
  views.follow(trust);
  const services = trust.services
    .filter(({ key }) => called.has(key) || key === serves)
    .map((resource) => {
      const { key } = resource;
      const isCalled = called.has(key);
      const service = isCalled ? views.called(resource, offered(key)) : views.served(resource);
      return withAddress(service, resource, addresses?.get(key));
    });
  return {
    trustDomain: trust.trustDomain,
    node,
    trustVersion: trust.version,
    trustDigest: trust.digest,
    bundle: bundleEntries(upheldAuthorities(trust)),
    revocations: revocations.lists,
    services: services.toSorted(byText(({ key }) => key)),
    policyDigest,
    ...(locality === undefined ? {} : { locality }),
    ...(denyFromMs === undefined ? {} : { denyFromMs }),
    policyHeaders: trust.settings.policyHeaders,
    authentications: authentications.toSorted(byText(({ name }) => name)),
  };
}

import type { NodeName, ServiceKey, SpiffeId } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { EndpointClaim, NodeClaim } from './claims.ts';

/** Who may serve what, and where: the trust repository's answer, looked up by name. */
export interface HostingRules {
  readonly identities: ReadonlyMap<ServiceKey, ReadonlySet<SpiffeId>>;
  readonly hosts: ReadonlyMap<SpiffeId, ReadonlySet<NodeName> | 'any'>;
}

export function hostingRules({ services, registrations }: TrustSet): HostingRules {
  const hosts = new Map<SpiffeId, Set<NodeName> | 'any'>();
  for (const { spiffeId, nodes } of registrations) {
    const known = hosts.get(spiffeId) ?? new Set();
    hosts.set(spiffeId, nodes === 'any' || known === 'any' ? 'any' : known.union(new Set(nodes)));
  }
  return {
    identities: new Map(services.map(({ key, identities }) => [key, new Set(identities)])),
    hosts,
  };
}

/**
 * Why this claim of `writer` may get no traffic, in words, or undefined when the rules let it. A record
 * says where an endpoint is; who may serve is never taken from it.
 */
export function quarantineReason(
  { service, spiffeId, address }: EndpointClaim,
  writer: NodeName,
  rules: HostingRules,
  node: NodeClaim | undefined,
): string | undefined {
  const identities = rules.identities.get(service);
  if (identities === undefined) return `no Service '${service}' is in the trust repository`;
  if (!identities.has(spiffeId)) {
    return `${spiffeId} is none of the identities that may serve ${service}`;
  }
  const hosts = rules.hosts.get(spiffeId);
  if (hosts !== 'any' && !hosts?.has(writer)) {
    return `no Registration lets node '${writer}' host ${spiffeId}`;
  }
  if (node === undefined) return `node '${writer}' has not said where it is`;
  return isAddressOf(address, node) ? undefined : `${address} is no address of node '${writer}'`;
}

/** A node may point callers at itself only, or it could send the whole mesh's connections anywhere. */
const isAddressOf = (address: string, node: NodeClaim): boolean =>
  address === node.listenHost ||
  node.addresses.some((multiaddr) => /^\/ip[46]\/([^/]+)/.exec(multiaddr)?.[1] === address);

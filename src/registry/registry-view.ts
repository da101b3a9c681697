import { byText, type NodeName } from '../core/index.ts';
import type { ServiceResource, TrustSet } from '../governance/index.ts';
import type { PeerId } from '../ports/index.ts';
import { endpointClaimSchema, issuesInWords, type NodeClaim, nodeClaimSchema } from './claims.ts';
import type { Endpoint, EndpointClaim } from './endpoint.ts';
import { meshName } from './mesh-name.ts';
import { hostingRules, quarantineReason } from './quarantine.ts';
import { portForCallers } from './service-port.ts';
import type { NodeState, NodeView, ServiceView } from './views.ts';

/** A record's value, as its verified writer signed it. */
export interface ClaimRecord {
  readonly writer: NodeName;
  readonly key: string;
  readonly value: unknown;
}

/** A `node` record, and what this node knows of its writer. */
export interface NodeRecord extends Omit<ClaimRecord, 'key'> {
  /** That of the key which signed the record. */
  readonly peerId: PeerId;
  readonly state: NodeState;
}

/**
 * What a node says of itself, under the peer id that it proved. It does not get to say that one: under the
 * id of another it could give false addresses, and nobody would dial the other at its own.
 */
export interface ProvenNode extends NodeClaim {
  readonly peerId: PeerId;
}

export interface RegistryInput {
  readonly trust: TrustSet;
  readonly nodes: readonly NodeRecord[];
  /** The `endpoint` records. */
  readonly endpointClaims: readonly ClaimRecord[];
}

/** Services, endpoints and nodes as this node sees them, each list in the order of its names. */
export interface RegistryView {
  readonly endpoints: readonly Endpoint[];
  readonly services: readonly ServiceView[];
  readonly nodes: readonly NodeView[];
  /** What the valid `node` records say, by writer. */
  readonly claims: ReadonlyMap<NodeName, ProvenNode>;
  /** Records that make no sense and count for nothing, each with why. */
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Reads the records in the light of the trust repository. An endpoint of an unreachable node stays: its
 * sidecars may serve while the node's process is gone, and callers notice by themselves when not.
 */
export function registryView({ trust, nodes, endpointClaims }: RegistryInput): RegistryView {
  const rejected: { id: string; reason: string }[] = [];
  const claims = new Map<NodeName, ProvenNode>();
  const nodeViews: NodeView[] = [];
  for (const { writer, value, peerId, state } of nodes) {
    const claim = readNodeClaim(writer, value);
    if (typeof claim === 'string') rejected.push({ id: `${writer}/node`, reason: claim });
    else claims.set(writer, { ...claim, peerId });
    nodeViews.push(viewOf(writer, state, claims.get(writer), trust));
  }
  const rules = hostingRules(trust);
  const endpoints: Endpoint[] = [];
  for (const { writer, key, value } of endpointClaims) {
    const id = `${writer}/${key}`;
    const claim = endpointClaimSchema.safeParse(value);
    if (!claim.success) rejected.push({ id, reason: issuesInWords(claim.error) });
    else {
      const reason = quarantineReason(claim.data, writer, rules, claims.get(writer));
      endpoints.push(judged(claim.data, id, writer, reason));
    }
  }
  endpoints.sort(byText(({ id }) => id));
  return {
    endpoints,
    services: summaries(trust.services, endpoints).toSorted(byText(({ service }) => service)),
    nodes: nodeViews.toSorted(byText(({ name }) => name)),
    claims,
    rejected: rejected.toSorted(byText(({ id }) => id)),
  };
}

function readNodeClaim(writer: NodeName, value: unknown): NodeClaim | string {
  const claim = nodeClaimSchema.safeParse(value);
  if (!claim.success) return issuesInWords(claim.error);
  return claim.data.name === writer
    ? claim.data
    : `node '${writer}' calls itself '${claim.data.name}'`;
}

function viewOf(
  name: NodeName,
  state: NodeState,
  claim: ProvenNode | undefined,
  trust: TrustSet,
): NodeView {
  const named = trust.authorities.some(({ node }) => node === name);
  const authority = named ? 'yes' : claim?.authority === undefined ? 'no' : 'candidate';
  if (claim === undefined) return { name, state, authority, addresses: [] };
  const { peerId, version, enforces } = claim;
  const addresses = claim.addresses.map((address) => `${address}/p2p/${peerId}`);
  return { name, state, authority, addresses, version, enforces };
}

/** The one thing that a sidecar waits for before it says that it is ready. */
const NOT_LISTENING = 'its application accepts no connections';

function judged(
  claim: EndpointClaim,
  id: string,
  node: NodeName,
  reason: string | undefined,
): Endpoint {
  if (reason !== undefined) return { ...claim, id, node, state: 'quarantined', reason };
  if (claim.ready) return { ...claim, id, node, state: 'ready' };
  return { ...claim, id, node, state: 'not-ready', reason: NOT_LISTENING };
}

function summaries(
  services: readonly ServiceResource[],
  endpoints: readonly Endpoint[],
): ServiceView[] {
  const byService = Map.groupBy(endpoints, ({ service }) => service);
  return services.map((service) => {
    const { key, protocol, identities } = service;
    const port = portForCallers(service);
    const states = (byService.get(key) ?? []).map(({ state }) => state);
    const count = (wanted: Endpoint['state']): number =>
      states.filter((state) => state === wanted).length;
    return {
      service: key,
      protocol,
      ...(port === undefined ? {} : { name: `${meshName(key)}:${port}` }),
      identities,
      endpoints: {
        ready: count('ready'),
        notReady: count('not-ready'),
        quarantined: count('quarantined'),
      },
    };
  });
}

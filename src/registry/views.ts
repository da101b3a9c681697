import type { NodeName, ServiceKey, ServiceProtocol, SpiffeId } from '../core/index.ts';
import { isSameKey } from '../crypto/index.ts';
import type { AuthorityTarget, ServiceResource, TrustSet } from '../governance/index.ts';
import type { PeerId } from '../ports/index.ts';
import type { NodeClaim } from './claims.ts';
import type { EndpointState } from './endpoint.ts';
import type { EndpointList } from './endpoint-list.ts';
import { meshName } from './mesh-name.ts';
import { portForCallers } from './service-port.ts';

/** `suspect`: some say that it does not answer. `dead`: this node has concluded so. `left`: it took leave. */
export type NodeState = 'self' | 'alive' | 'suspect' | 'dead' | 'left';

/**
 * What a node says of itself, beside what it has proved. It does not get to say its peer id: under that
 * of another it could give false addresses, and nobody would dial the other at its own.
 */
export interface ProvenNode {
  readonly name: NodeName;
  /** That of the key which signed the record. */
  readonly peerId: PeerId;
  /** Raw Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Of the membership credential on which the record rests. */
  readonly epoch: number;
  /** How often it had started when it said so. */
  readonly boot: number;
  readonly claim: NodeClaim;
}

/** A node as it describes itself, beside what this node and the trust repository know of it. */
export interface NodeView {
  readonly name: NodeName;
  readonly state: NodeState;
  /** `yes`: the trust repository names it, and it has those keys; `candidate`: it has a CA that is not in force. */
  readonly authority: 'yes' | 'candidate' | 'no';
  /** Whole multiaddrs, the peer id at their end: ready to be dialled. */
  readonly addresses: readonly string[];
  /** Of the program that it runs. */
  readonly version: string;
  /** What it says that it and all its sidecars enforce. */
  readonly enforces: NodeClaim['enforces'];
  /** Why not all of them decide by what is in force at it, in words. */
  readonly lag?: string;
  /** Since when it has heard of no authority for longer than it may, by its own clock. */
  readonly staleSince?: number;
}

/**
 * Does a node that the trust repository names as an authority sign with a key that is not listed? Then it is none: its
 * disk was lost, say, and it joined again under its name. What an enterprise signed for the same key is another certificate,
 * which the node takes up when it hears of it.
 */
export const hasOtherKeys = (
  { certificates }: Pick<AuthorityTarget, 'certificates'>,
  { authority }: { readonly authority?: { readonly certificatePem: string } | undefined },
): boolean =>
  authority !== undefined &&
  !certificates.some(({ pem }) => isSameKey(pem, authority.certificatePem));

export function nodeView(node: ProvenNode, state: NodeState, trust: TrustSet): NodeView {
  const { name, peerId, claim } = node;
  const target = trust.authorities.find((authority) => authority.node === name);
  const isOne = target !== undefined && !hasOtherKeys(target, claim);
  const authority = isOne ? 'yes' : claim.authority === undefined ? 'no' : 'candidate';
  const addresses = claim.addresses.map((address) => `${address}/p2p/${peerId}`);
  const { version, enforces, lag, staleSince } = claim;
  return {
    name,
    state,
    authority,
    addresses,
    version,
    enforces,
    ...(lag === undefined ? {} : { lag }),
    ...(staleSince === undefined ? {} : { staleSince }),
  };
}

/** A service of the trust repository, and how many endpoints claim to serve it. */
export interface ServiceView {
  readonly service: ServiceKey;
  readonly protocol: ServiceProtocol;
  /** How programs call it by name: `catalog.shop.mesh:80`. Left out where it has no port for callers. */
  readonly name?: string;
  readonly identities: readonly SpiffeId[];
  readonly endpoints: {
    readonly ready: number;
    /** Those that drain included. */
    readonly notReady: number;
    readonly unreachable: number;
    readonly quarantined: number;
  };
}

export function serviceView(service: ServiceResource, endpoints: EndpointList): ServiceView {
  const { key, protocol, identities } = service;
  const port = portForCallers(service);
  const count = (...wanted: EndpointState[]): number =>
    endpoints.filter(({ state }) => wanted.includes(state)).length;
  return {
    service: key,
    protocol,
    ...(port === undefined ? {} : { name: `${meshName(key)}:${port}` }),
    identities,
    endpoints: {
      ready: count('ready'),
      notReady: count('not-ready', 'draining'),
      unreachable: count('unreachable'),
      quarantined: count('quarantined'),
    },
  };
}

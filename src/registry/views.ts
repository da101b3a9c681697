import type { NodeName, ServiceKey, ServiceProtocol, SpiffeId } from '../core/index.ts';

/** A node as it describes itself, beside what this node and the trust repository know of it. */
export interface NodeView {
  readonly name: NodeName;
  readonly state: NodeState;
  /** `yes`: the trust repository names it; `candidate`: it has a CA that is not in force. */
  readonly authority: 'yes' | 'candidate' | 'no';
  /** Whole multiaddrs, the peer id at their end: ready to be dialled. */
  readonly addresses: readonly string[];
  /** Of the program that it runs. */
  readonly version?: string;
  /** What it says that it enforces. */
  readonly enforces?: { readonly version: number; readonly digest: string };
}

export type NodeState = 'self' | 'alive' | 'unreachable';

/** A service of the trust repository, and how many endpoints claim to serve it. */
export interface ServiceView {
  readonly service: ServiceKey;
  readonly protocol: ServiceProtocol;
  /** How programs call it by name: `catalog.shop.mesh:80`. Left out where it has no port for callers. */
  readonly name?: string;
  readonly identities: readonly SpiffeId[];
  readonly endpoints: {
    readonly ready: number;
    readonly notReady: number;
    readonly quarantined: number;
  };
}

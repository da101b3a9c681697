import type { NodeName } from '../core/index.ts';
import type { RecordId } from '../replication/index.ts';
import type { EndpointClaim } from './claims.ts';

/**
 * `ready`: gets traffic. `not-ready`: its application accepts no connections. `draining`: it finishes what is
 * open, and ends. `unreachable`: ready by its own words, and its node is dead or has left. `quarantined`: a
 * rule of the trust repository forbids it.
 */
export type EndpointState = 'ready' | 'not-ready' | 'draining' | 'unreachable' | 'quarantined';

/** What a node says of one workload that it hosts, and what becomes of it here. */
export interface Endpoint {
  /** That of its record. */
  readonly id: RecordId;
  readonly node: NodeName;
  readonly claim: EndpointClaim;
  readonly state: EndpointState;
  /** Why it is not `ready`, in words. */
  readonly reason: string | undefined;
}

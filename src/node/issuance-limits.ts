import { formatDuration, Lru, type NodeName, type SpiffeId } from '../core/index.ts';
import type { Clock } from '../ports/index.ts';
import { type Allowance, TokenBucket } from './token-bucket.ts';

/**
 * Identities that one node may ask an authority for: its whole host may start at once, and then one in ten
 * milliseconds, a sixth of what one processor signs. With a life of 10 seconds that is 500 workloads.
 */
export const NODE_ISSUANCE: Allowance = { most: 2_000, perSecond: 100 };
/**
 * Of these, for one identity: 500 replicas on one host that start at once, or 125 that live by 10 seconds. It
 * is counted by node, so that a stolen one cannot use up what others have of the same identity.
 */
export const WORKLOAD_ISSUANCE: Allowance = { most: 500, perSecond: 25 };
/** Nodes whose use is known; those that asked longest ago begin anew, when they have it all back for long. */
const MAX_NODES = 16_384;
/** Identities of one node whose use is known, likewise. */
const MAX_WORKLOADS = 1_024;

interface NodeUse {
  readonly whole: TokenBucket;
  readonly workloads: Lru<SpiffeId, TokenBucket>;
}

/** How often an authority signs for one node, and for one workload of it: one that is stolen must not use it up. */
export class IssuanceLimits {
  readonly #clock: Clock;
  readonly #nodes = new Lru<NodeName, NodeUse>(MAX_NODES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request of a node, whatever becomes of it; else says when to ask again, in milliseconds. */
  ofNode(node: NodeName): number {
    return spend(this.#useOf(node).whole);
  }

  /** The same for what a registration lets it have. */
  ofWorkload(node: NodeName, spiffeId: SpiffeId): number {
    const { workloads } = this.#useOf(node);
    const known = workloads.get(spiffeId);
    const bucket = known ?? new TokenBucket(WORKLOAD_ISSUANCE, this.#clock);
    if (known === undefined) workloads.set(spiffeId, bucket);
    return spend(bucket);
  }

  #useOf(node: NodeName): NodeUse {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const use = {
      whole: new TokenBucket(NODE_ISSUANCE, this.#clock),
      workloads: new Lru<SpiffeId, TokenBucket>(MAX_WORKLOADS),
    };
    this.#nodes.set(node, use);
    return use;
  }
}

export const tooOften = (who: string, waitMs: number): string =>
  `too many identities were asked for by ${who}: ask again in ${formatDuration(waitMs)}`;

function spend(bucket: TokenBucket): number {
  const waitMs = bucket.waitMs();
  if (waitMs === 0) bucket.spend(1);
  return waitMs;
}

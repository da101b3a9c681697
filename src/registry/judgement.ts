import type { NodeName } from '../core/index.ts';
import type { EndpointClaim, NodeClaim } from './claims.ts';
import type { Endpoint } from './endpoint.ts';
import { type HostingRules, quarantineReason } from './quarantine.ts';
import type { NodeState } from './views.ts';

/** What an endpoint's claim is held against. */
export interface Circumstances {
  readonly node: NodeName;
  readonly rules: HostingRules;
  /** What its node says of itself; undefined when it has said nothing. */
  readonly nodeClaim: NodeClaim | undefined;
  readonly nodeState: NodeState;
}

export type Judgement = Pick<Endpoint, 'state' | 'reason'>;

const READY: Judgement = { state: 'ready', reason: undefined };
/** The one thing that a sidecar waits for before it says that it is ready. */
const NOT_READY: Judgement = {
  state: 'not-ready',
  reason: 'its application accepts no connections',
};
const DRAINING: Judgement = { state: 'draining', reason: 'it finishes what is open, and ends' };

/** Is nobody to be expected there? */
export const isGoneState = (state: NodeState): boolean => state === 'dead' || state === 'left';

/** Whether an endpoint gets traffic, and if not, why not. */
export function judge(claim: EndpointClaim, circumstances: Circumstances): Judgement {
  const { node, rules, nodeClaim, nodeState } = circumstances;
  const forbidden = quarantineReason(claim, node, rules, nodeClaim);
  if (forbidden !== undefined) return { state: 'quarantined', reason: forbidden };
  if (claim.draining) return DRAINING;
  if (!claim.ready) return NOT_READY;
  if (!isGoneState(nodeState)) return READY;
  const fate = nodeState === 'dead' ? 'is dead' : 'has left';
  const reason = `node '${node}' ${fate}: used only while no other endpoint is ready`;
  return { state: 'unreachable', reason };
}

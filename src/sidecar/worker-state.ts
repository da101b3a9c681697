import type { TrustDomain } from '../core/index.ts';
import {
  type Door,
  deltaBetween,
  type Place,
  type PolicyProgram,
  policyMessages,
  type Snapshot,
  snapshotDigest,
  type WorkerOrder,
} from '../snapshot/index.ts';
import type { HeldIdentity } from './identity-keeper.ts';

/** What a worker has, or is to have. Parts are replaced, never changed. */
export interface WorkerState {
  readonly trustDomain?: TrustDomain;
  /** The last policies that could be linked: a new worker decides by them when those that came after cannot. */
  readonly proven?: PolicyProgram;
  readonly policies?: PolicyProgram;
  readonly snapshot?: Snapshot;
  readonly identity?: HeldIdentity;
  readonly doors: readonly Door[];
  /** What this worker watches for all of them. */
  readonly target?: Place;
}

export const NO_STATE: WorkerState = { doors: [] };

/** Orders, and what a worker has more when it has followed them. */
export interface WorkerStep {
  readonly orders: readonly WorkerOrder[];
  readonly brings: Partial<WorkerState>;
}

/** What comes next on the way from one state to the other: doors last. Undefined at the end of it. */
export function nextStep(has: WorkerState, wanted: WorkerState): WorkerStep | undefined {
  const { trustDomain, snapshot, identity, target } = wanted;
  if (trustDomain === undefined) return undefined;
  if (has.trustDomain === undefined) {
    return { orders: [{ type: 'begin', trustDomain }], brings: { trustDomain } };
  }
  const policies =
    has.policies === undefined ? (wanted.proven ?? wanted.policies) : wanted.policies;
  if (policies !== undefined && policies !== has.policies) {
    return { orders: policyMessages(policies), brings: { policies } };
  }
  if (identity !== undefined && identity !== has.identity) {
    return { orders: [{ type: 'identity', identity }], brings: { identity } };
  }
  if (snapshot !== undefined && snapshot !== has.snapshot) {
    return { orders: [snapshotOrder(has.snapshot, snapshot)], brings: { snapshot } };
  }
  const door = wanted.doors.find((each) => !has.doors.includes(each));
  if (door !== undefined) {
    return { orders: [{ type: 'open', door }], brings: { doors: [...has.doors, door] } };
  }
  if (target !== undefined && target !== has.target) {
    return { orders: [{ type: 'watch', target }], brings: { target } };
  }
  return undefined;
}

/** What is different, to a worker that has one already. */
function snapshotOrder(has: Snapshot | undefined, wanted: Snapshot): WorkerOrder {
  const delta = has && deltaBetween(has, wanted);
  if (delta === undefined) return { type: 'snapshot', snapshot: wanted };
  return { type: 'delta', delta, digest: snapshotDigest(wanted) };
}

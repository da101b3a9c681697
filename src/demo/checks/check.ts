import type { Shop } from '../shop.ts';

/** One promise of the mesh, put to the proof. */
export interface Check {
  readonly number: number;
  /** What is promised, in a few words. */
  readonly title: string;
  /** It cannot be put to the proof where programs cannot call services by name. */
  readonly needsNames?: boolean;
  /** Gives the facts that were measured; throws with what was seen instead. */
  readonly run: (shop: Shop) => Promise<string>;
}

/** How long one ordinary call may take before a check gives up on it. */
export const CALL_TIMEOUT_MS = 10_000;

/** Requests of a load that have to be answered before and after something is killed. */
export const ENOUGH_ANSWERS = 300;

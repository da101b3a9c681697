import type { Evaluate } from './language.ts';

/** A policy whose scope matched may still not apply: its condition says. */
export interface LinkedPolicy {
  readonly id: string;
  readonly permits: boolean;
  /** Evaluated, but never enforced. */
  readonly audit: boolean;
  readonly condition: Evaluate;
}

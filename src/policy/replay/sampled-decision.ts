import type { DecisionRequest } from '../decision.ts';

/** What was asked of the policies once, and for how many calls like it that stands. */
export interface SampledDecision {
  /** The claims of its user are left out. */
  readonly request: DecisionRequest;
  readonly weight: number;
}

/** What was decided of late. */
export interface ReplayWindow {
  readonly samples: readonly SampledDecision[];
  /** For how long they were gathered, at least 1. */
  readonly windowMs: number;
}

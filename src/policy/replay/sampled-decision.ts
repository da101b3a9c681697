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

/** Characters of all texts of a request that its caller chose: what it takes to remember it. */
export function textLengthOf(request: DecisionRequest): number {
  const { user } = request;
  let length = user === undefined ? 0 : user.issuer.length + user.subject.length;
  for (const group of user?.groups ?? []) length += group.length;
  if (request.action === 'connect') return length;
  length += request.path.length + request.host.length;
  for (const name in request.headers) {
    length += name.length + (request.headers[name]?.length ?? 0);
  }
  return length;
}

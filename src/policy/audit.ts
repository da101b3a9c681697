import type { CedarAnswer } from './cedar.ts';

/** Ids of the policies in audit mode that apply to a request, whatever is enforced. */
export interface Audited {
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
}

/**
 * Those that, each enforced alone, would have changed the decision: a forbid turns an allow over; a permit turns a
 * denial over that no forbid made.
 */
export function wouldChange(
  { allowed, policies }: Pick<CedarAnswer, 'allowed' | 'policies'>,
  { permits, forbids }: Audited,
): readonly string[] {
  if (allowed) return forbids;
  return policies.length === 0 ? permits : [];
}

import type { Problem } from '../core/index.ts';
import type { Cedar } from './cedar.ts';
import { type FileProblem, type PolicySource, readPolicyFiles } from './policy-file.ts';
import { headProblem } from './policy-head.ts';
import { type KnownNames, unknownNames } from './policy-names.ts';
import { inReadingOrder } from './policy-set.ts';
import { policySchema } from './schema.ts';

/** Policies as they would be in force after a change. */
export interface PolicyChange {
  /** Files that the change brings. */
  readonly fresh: readonly PolicySource[];
  /** Files that are in force and stay. */
  readonly kept: readonly PolicySource[];
  /** Headers that policies may read, before and after. */
  readonly headersInForce: readonly string[];
  readonly headers: readonly string[];
  /** What there would be to speak about. */
  readonly names: KnownNames;
}

/**
 * Everything that speaks against a change, in the order of files and lines: all that is wrong with the set as it would
 * be, and in fresh files also a policy of a namespace whose head says less than what binds, and names of nothing. A
 * namespace's file that could not be read before speaks against nobody's change.
 */
export function checkPolicyChange(cedar: Cedar, change: PolicyChange): readonly Problem[] {
  const { fresh, kept, headers, names } = change;
  const files = [...fresh, ...kept];
  const { drafts, problems, taken } = readPolicyFiles(cedar, files, policySchema(headers));
  const freshDrafts = drafts.filter(({ source }) => fresh.includes(source));
  const excused = unreadBefore(cedar, change);
  const wrong = [...problems, ...taken]
    .filter(({ source }) => source === undefined || !excused.has(source))
    .map(({ source: _, ...problem }) => problem);
  const own = freshDrafts.flatMap((draft) => [
    ...headProblem(draft),
    ...unknownNames(draft, names),
  ]);
  return inReadingOrder([...wrong, ...own], files);
}

/** Files of namespaces that nobody could read, or could tell by their ids, before the change either. */
function unreadBefore(
  cedar: Cedar,
  { kept, headersInForce }: PolicyChange,
): ReadonlySet<PolicySource> {
  const { problems, taken } = readPolicyFiles(cedar, kept, policySchema(headersInForce));
  const sourceOf = ({ source }: FileProblem) => (source?.namespace === undefined ? [] : [source]);
  return new Set([...problems, ...taken].flatMap(sourceOf));
}

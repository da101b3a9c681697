import { err, type Namespace, ok, type Problem, type Result } from '../core/index.ts';
import type { Cedar } from './cedar.ts';
import { type FileProblem, filePath, type PolicySource, readPolicyFiles } from './policy-file.ts';
import { type PolicySet, policySet } from './policy-set.ts';
import type { Draft } from './policy-statement.ts';
import { type PolicySchema, policySchema } from './schema.ts';
import { statementsOf } from './statements.ts';

/** A namespace whose policies are not all understood: nobody may call its services. */
export interface ClosedNamespace {
  readonly namespace: Namespace;
  /** The first thing that is wrong. */
  readonly problem: Problem;
}

export interface PoliciesInForce extends PolicySet {
  readonly closed: readonly ClosedNamespace[];
}

/**
 * Reads what is in force, which somebody may have signed without any check. A file of the mesh that cannot be read
 * refuses the set, since leaving a `forbid` out would permit. One of a namespace closes that namespace: it stands
 * for a `forbid` of everything there, and changes nothing for the others.
 */
export function readPoliciesInForce(
  cedar: Cedar,
  files: readonly PolicySource[],
  schema: PolicySchema = policySchema(),
): Result<PoliciesInForce, readonly Problem[]> {
  const { drafts, problems, taken } = readPolicyFiles(cedar, files, schema);
  const ofMesh = [...problems, ...taken].filter(({ source }) => source?.namespace === undefined);
  if (ofMesh.length > 0) return err(ofMesh.map(bare));
  const unread = new Set<PolicySource>();
  const closed = new Map<Namespace, Problem>();
  for (const problem of problems) {
    const { source } = problem;
    if (source?.namespace === undefined) continue;
    unread.add(source);
    if (!closed.has(source.namespace)) closed.set(source.namespace, bare(problem));
  }
  const readable = drafts.filter(({ source }) => !unread.has(source));
  const forbids = [...unread].map((source) => closingDraft(cedar, source));
  return ok({
    ...policySet(cedar, [...readable, ...forbids], schema),
    closed: [...closed].map(([namespace, problem]) => ({ namespace, problem })),
  });
}

const bare = ({ source: _, ...problem }: FileProblem): Problem => problem;

/** Confined as all policies of its file, so it forbids in that namespace only. */
const FORBID_ALL = 'forbid (principal, action, resource);';

function closingDraft(cedar: Cedar, source: PolicySource): Draft {
  const parsed = cedar.parse(FORBID_ALL);
  const [statement] = statementsOf(FORBID_ALL);
  if (!parsed.ok || statement === undefined) throw new Error(`Cedar refuses '${FORBID_ALL}'`);
  // `~` stands in no id that anybody writes.
  const id = `${source.namespace}/${source.name}~unreadable`;
  return { id, mode: 'enforce', file: filePath(source), source, statement, parsed: parsed.value };
}

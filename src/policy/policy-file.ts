import { err, ok, type Problem, type Result } from '../core/index.ts';
import type { Cedar, CedarComplaint, ParsedStatement, PolicyTexts } from './cedar.ts';
import { placeIn, type Statement, statementsOf } from './statements.ts';

/** A Cedar file; the trust repository's `PolicyFile` is one. */
export interface PolicySource {
  /** The file's name without `.cedar`, unique in its set. */
  readonly name: string;
  readonly text: string;
  /** Where a person finds it, for messages; `<name>.cedar` when left out. */
  readonly path?: string;
}

/** One policy, and where it stands. */
export interface Policy {
  /** Its `@id("…")`, else `<file name>#<number in the file, from 1>`. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly file: string;
  readonly line: number;
}

/** Policies that parsed and passed the schema, ready for the engine. */
export interface PolicySet {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly texts: PolicyTexts;
}

/** Ids go into logs, answers and the command line: short, visible, and never quoted. */
const POLICY_ID = /^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}$/;

/** Cedar gives annotations no meaning of its own; these are the ones that we know of. */
const KNOWN_ANNOTATIONS = ['id', 'description'];

interface Draft {
  readonly file: string;
  readonly statement: Statement;
  readonly id: string;
  readonly effect: Policy['effect'];
}

/**
 * Reads and checks all files of a policy set against the schema: syntax, ids, types, and policies that can never
 * apply. The error holds every problem of every file, in the order of files and lines.
 */
export function readPolicySet(
  cedar: Cedar,
  files: readonly PolicySource[],
): Result<PolicySet, readonly Problem[]> {
  const problems: Problem[] = [];
  const drafts = new Map<string, Draft>();
  const names = new Set<string>();
  for (const { name, text, path: file = `${name}.cedar` } of files) {
    if (names.has(name)) {
      problems.push({ file, message: `a second file named '${name}': give it another name` });
      continue;
    }
    names.add(name);
    for (const [index, statement] of statementsOf(text).entries()) {
      const parsed = cedar.parse(statement.text);
      if (!parsed.ok) {
        problems.push(...parsed.error.map((complaint) => problemIn(file, statement, complaint)));
        continue;
      }
      const id = idOf(parsed.value, `${name}#${index + 1}`);
      const problem = annotationProblem(parsed.value) ?? idProblem(id, drafts.get(id));
      if (problem === undefined) {
        drafts.set(id, { file, statement, id, effect: parsed.value.effect });
      } else {
        problems.push({ file, line: statement.line, column: statement.column, message: problem });
      }
    }
  }
  const texts = Object.fromEntries([...drafts].map(([id, { statement }]) => [id, statement.text]));
  problems.push(...typeProblems(cedar, texts, drafts));
  if (problems.length > 0) return err(inReadingOrder(problems, files));
  const policies = [...drafts].map(([id, { effect, file, statement }]): [string, Policy] => [
    id,
    { id, effect, file, line: statement.line },
  ]);
  return ok({ policies: new Map(policies), texts });
}

/** Everything that is wrong with a policy set; empty when {@link readPolicySet} would take it. */
export function checkPolicies(cedar: Cedar, files: readonly PolicySource[]): readonly Problem[] {
  const read = readPolicySet(cedar, files);
  return read.ok ? [] : read.error;
}

const idOf = ({ annotations }: ParsedStatement, fallback: string): string =>
  Object.hasOwn(annotations, 'id') ? (annotations.id ?? '') : fallback;

/** What an author hoped for from an unknown one, such as `@mode("audit")`, would silently not happen. */
function annotationProblem({ annotations }: ParsedStatement): string | undefined {
  const unknown = Object.keys(annotations).find((name) => !KNOWN_ANNOTATIONS.includes(name));
  if (unknown === undefined) return undefined;
  const known = KNOWN_ANNOTATIONS.map((name) => `@${name}`).join(' and ');
  return `the annotation @${unknown} is not known to this version, and the policy would be enforced without it: take it out (${known} are known)`;
}

function idProblem(id: string, earlier: Draft | undefined): string | undefined {
  if (!POLICY_ID.test(id)) {
    return `'${id}' is no policy id: use 1 to 128 letters, digits and . _ : / # -, such as @id("web.read")`;
  }
  return earlier === undefined
    ? undefined
    : `the policy id '${id}' is taken by ${earlier.file}:${earlier.statement.line}; give this one another @id("…")`;
}

function typeProblems(
  cedar: Cedar,
  texts: PolicyTexts,
  drafts: ReadonlyMap<string, Draft>,
): Problem[] {
  return cedar.validate(texts).map((complaint) => {
    const draft = drafts.get(complaint.id);
    return draft === undefined
      ? { file: complaint.id, message: complaint.message }
      : problemIn(draft.file, draft.statement, complaint);
  });
}

const problemIn = (file: string, statement: Statement, complaint: CedarComplaint): Problem => ({
  file,
  ...placeIn(statement, complaint.start),
  message: complaint.message,
});

/** Cedar reports in no fixed order. */
function inReadingOrder(problems: readonly Problem[], files: readonly PolicySource[]): Problem[] {
  const order = new Map(files.map(({ name, path }, index) => [path ?? `${name}.cedar`, index]));
  const rank = ({ file }: Problem): number => order.get(file) ?? files.length;
  return problems.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      (a.message < b.message ? -1 : 1),
  );
}

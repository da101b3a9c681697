import { byText, err, ok, type Problem, type Result } from '../core/index.ts';
import type { PolicyMode } from './annotations.ts';
import type { Cedar, CedarComplaint, PolicyTexts } from './cedar.ts';
import type { PolicyJson } from './compile/index.ts';
import { contextReads } from './context-reads.ts';
import { type Draft, problemIn, readStatement, unknownAttribute } from './policy-statement.ts';
import { type PolicySchema, policySchema } from './schema.ts';
import { statementsOf } from './statements.ts';

/** A Cedar file; the trust repository's `PolicyFile` is one. */
export interface PolicySource {
  /** The file's name without `.cedar`, unique in its set. */
  readonly name: string;
  readonly text: string;
  /** Where a person finds it, for messages; `<name>.cedar` when left out. */
  readonly path?: string;
  /** Version of the trust repository that brought this text, where it is in force. */
  readonly since?: number;
}

/** One policy, and where it stands. */
export interface Policy {
  /** Its `@id("…")`, else `<file name>#<number in the file, from 1>`. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly mode: PolicyMode;
  readonly file: string;
  readonly line: number;
  /** As its file has it. */
  readonly since?: number;
}

/** Policies that parsed and passed the schema, ready for the engine. */
export interface PolicySet {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly schema: PolicySchema;
  /** What decides. */
  readonly enforced: PolicyTexts;
  /** In audit mode. */
  readonly audited: { readonly permits: PolicyTexts; readonly forbids: PolicyTexts };
  /** The permits of {@link enforced} without their conditions. */
  readonly permitScopes: () => PolicyTexts;
  /** Attributes of the context that some policy may read. */
  readonly reads: ReadonlySet<string>;
  /** All of them, as the compiler takes them. */
  readonly parsed: readonly PolicyJson[];
}

/**
 * Reads and checks all files of a policy set against the schema: syntax, annotations, cost, types, and policies that
 * can never apply. The error holds every problem of every file, in the order of files and lines.
 */
export function readPolicySet(
  cedar: Cedar,
  files: readonly PolicySource[],
  schema: PolicySchema = policySchema(),
): Result<PolicySet, readonly Problem[]> {
  const problems: Problem[] = [];
  const drafts = new Map<string, Draft>();
  const names = new Set<string>();
  for (const { name, text, since, path: file = `${name}.cedar` } of files) {
    if (names.has(name)) {
      problems.push({ file, message: `a second file named '${name}': give it another name` });
      continue;
    }
    names.add(name);
    for (const [index, statement] of statementsOf(text).entries()) {
      const draft = readStatement(cedar, schema, {
        file,
        since,
        statement,
        fallback: `${name}#${index + 1}`,
      });
      const wrong = draft.ok ? takenProblem(draft.value, drafts) : draft.error;
      problems.push(...wrong);
      if (draft.ok && wrong.length === 0) drafts.set(draft.value.id, draft.value);
    }
  }
  problems.push(...typeProblems(cedar, drafts, schema));
  if (problems.length > 0) return err(inReadingOrder(problems, files));
  return ok(policySet(cedar, drafts, schema));
}

/** Everything that is wrong with a policy set; empty when {@link readPolicySet} would take it. */
export function checkPolicies(
  cedar: Cedar,
  files: readonly PolicySource[],
  schema?: PolicySchema,
): readonly Problem[] {
  const read = readPolicySet(cedar, files, schema);
  return read.ok ? [] : read.error;
}

function takenProblem(
  { id, file, statement: { line, column } }: Draft,
  drafts: ReadonlyMap<string, Draft>,
): readonly Problem[] {
  const earlier = drafts.get(id);
  if (earlier === undefined) return [];
  const place = `${earlier.file}:${earlier.statement.line}`;
  const message = `the policy id '${id}' is taken by ${place}; give this one another @id("…")`;
  return [{ file, line, column, message }];
}

function policySet(
  cedar: Cedar,
  drafts: ReadonlyMap<string, Draft>,
  schema: PolicySchema,
): PolicySet {
  const all = [...drafts.values()];
  const enforced = all.filter(({ mode }) => mode === 'enforce');
  const permits = enforced.filter(({ parsed }) => parsed.effect === 'permit');
  let scopes: PolicyTexts | undefined; // asked for by people only, and then again and again

  const policies = all.map(({ id, mode, parsed, file, since, statement }): [string, Policy] => {
    const known = { id, effect: parsed.effect, mode, file, line: statement.line };
    return [id, since === undefined ? known : { ...known, since }];
  });
  const audited = (effect: Policy['effect']): PolicyTexts =>
    textsOf(all.filter(({ mode, parsed }) => mode === 'audit' && parsed.effect === effect));
  return {
    policies: new Map(policies),
    schema,
    enforced: textsOf(enforced),
    audited: { permits: audited('permit'), forbids: audited('forbid') },
    permitScopes: () => {
      scopes ??= Object.fromEntries(
        permits.map(({ id, parsed }) => [id, cedar.textOf({ ...parsed.json, conditions: [] })]),
      );
      return scopes;
    },
    reads: contextReads(all.map(({ parsed }) => parsed.json)),
    parsed: all.map(({ id, parsed }) => ({ id, json: parsed.json })),
  };
}

const textsOf = (drafts: readonly Draft[]): PolicyTexts =>
  Object.fromEntries(drafts.map(({ id, statement }) => [id, statement.text]));

function typeProblems(
  cedar: Cedar,
  drafts: ReadonlyMap<string, Draft>,
  schema: PolicySchema,
): Problem[] {
  const complaints = cedar.validate(textsOf([...drafts.values()]), schema);
  return withoutRepeats(complaints).map((complaint) => {
    const draft = drafts.get(complaint.id);
    return draft === undefined
      ? { file: complaint.id, message: complaint.message }
      : (unknownAttribute(draft, complaint) ?? problemIn(draft.file, draft.statement, complaint));
  });
}

/** Cedar checks a policy for each action that it may be about; one mistake is told once. */
function withoutRepeats<T extends CedarComplaint & { readonly id: string }>(
  complaints: readonly T[],
): T[] {
  const same = Map.groupBy(complaints, ({ id, start, message }) =>
    JSON.stringify([id, start, message.replace(ACTION, '')]),
  );
  return [...same.values()].flatMap((repeats) => {
    const [first, ...more] = repeats.toSorted(byText(({ message }) => message));
    if (first === undefined || more.length === 0) return first ?? [];
    const message = first.message.replace(ACTION, (action) => `${action} and ${more.length} more`);
    return [{ ...first, message }];
  });
}

const ACTION = /\bAction::"[^"]*"/;

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

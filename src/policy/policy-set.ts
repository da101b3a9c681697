import { err, ok, type Problem, type Result } from '../core/index.ts';
import type { PolicyMode } from './annotations.ts';
import type { Cedar, PolicyTexts } from './cedar.ts';
import type { JsonObject, PolicyJson } from './compile/index.ts';
import { confinedJson } from './confinement.ts';
import { contextReads } from './context-reads.ts';
import { filePath, type PolicySource, readPolicyFiles } from './policy-file.ts';
import type { Draft } from './policy-statement.ts';
import { type PolicySchema, policySchema } from './schema.ts';

/** One policy, and where it stands. */
export interface Policy {
  /** Its `@id("…")`, else `<file name>#<number in the file, from 1>`; behind `<namespace>/` in a file of one. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly mode: PolicyMode;
  readonly file: string;
  readonly line: number;
  /** As its file has it. */
  readonly since?: string;
}

/** Policies as the official engine takes them, those of a namespace confined to it. */
export interface SetTexts {
  /** What decides. */
  readonly enforced: PolicyTexts;
  /** The permits among them without their conditions. */
  readonly permitScopes: PolicyTexts;
  /** In audit mode. */
  readonly audited: { readonly permits: PolicyTexts; readonly forbids: PolicyTexts };
}

/** Policies that parsed and passed the schema, ready for the engine. */
export interface PolicySet {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly schema: PolicySchema;
  /** For the official engine, made when they are first asked for. */
  readonly texts: () => SetTexts;
  /** Attributes of the context that some policy may read. */
  readonly reads: ReadonlySet<string>;
  /** All of them, as the compiler takes them. */
  readonly parsed: readonly PolicyJson[];
}

/**
 * Reads and checks all files of a policy set against the schema. The error holds every problem of every file, in
 * the order of files and lines.
 */
export function readPolicySet(
  cedar: Cedar,
  files: readonly PolicySource[],
  schema: PolicySchema = policySchema(),
): Result<PolicySet, readonly Problem[]> {
  const { drafts, problems, taken } = readPolicyFiles(cedar, files, schema);
  const wrong = [...problems, ...taken].map(({ source: _, ...problem }) => problem);
  return wrong.length === 0
    ? ok(policySet(cedar, drafts, schema))
    : err(inReadingOrder(wrong, files));
}

/** A set of policies that were found right. */
export function policySet(cedar: Cedar, drafts: readonly Draft[], schema: PolicySchema): PolicySet {
  let texts: SetTexts | undefined;
  return {
    policies: new Map(drafts.map((draft) => [draft.id, policyOf(draft)])),
    schema,
    texts: () => {
      texts ??= setTexts(cedar, drafts);
      return texts;
    },
    reads: contextReads(drafts.map(({ parsed }) => parsed.json)),
    parsed: drafts.map(({ id, parsed: { json }, source: { namespace } }) =>
      namespace === undefined ? { id, json } : { id, json, namespace },
    ),
  };
}

function policyOf({ id, mode, parsed, file, source: { since }, statement }: Draft): Policy {
  const known = { id, effect: parsed.effect, mode, file, line: statement.line };
  return since === undefined ? known : { ...known, since };
}

function setTexts(cedar: Cedar, drafts: readonly Draft[]): SetTexts {
  const pick = (mode: PolicyMode, effect?: Policy['effect']): readonly Draft[] =>
    drafts.filter(
      (draft) => draft.mode === mode && (effect ?? draft.parsed.effect) === draft.parsed.effect,
    );
  const textsOf = (some: readonly Draft[], text = boundText): PolicyTexts =>
    Object.fromEntries(some.map((draft) => [draft.id, text(cedar, draft)]));
  return {
    enforced: textsOf(pick('enforce')),
    permitScopes: textsOf(pick('enforce', 'permit'), scopeText),
    audited: {
      permits: textsOf(pick('audit', 'permit')),
      forbids: textsOf(pick('audit', 'forbid')),
    },
  };
}

/** As it is written, or what is left of that in its namespace. */
const boundText = (cedar: Cedar, { statement, parsed, source: { namespace } }: Draft): string =>
  namespace === undefined ? statement.text : cedar.textOf(confinedJson(parsed.json, namespace));

function scopeText(cedar: Cedar, { parsed, source: { namespace } }: Draft): string {
  const scope: JsonObject = { ...parsed.json, conditions: [] };
  return cedar.textOf(namespace === undefined ? scope : confinedJson(scope, namespace));
}

/** Cedar reports in no fixed order. */
export function inReadingOrder(
  problems: readonly Problem[],
  files: readonly PolicySource[],
): Problem[] {
  const order = new Map(files.map((source, index) => [filePath(source), index]));
  const rank = ({ file }: Problem): number => order.get(file) ?? files.length;
  return problems.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      (a.message < b.message ? -1 : 1),
  );
}

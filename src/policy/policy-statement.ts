import { closest, err, ok, type Problem, type Result } from '../core/index.ts';
import { type Annotated, readAnnotations } from './annotations.ts';
import type { Cedar, CedarComplaint, ParsedStatement } from './cedar.ts';
import { compileProblem } from './compile/index.ts';
import { contextReads, headerReads } from './context-reads.ts';
import { costProblem, textProblem } from './policy-bounds.ts';
import type { PolicySource } from './policy-file.ts';
import { CONTEXT_ATTRIBUTES, type PolicySchema } from './schema.ts';
import { placeIn, type Statement } from './statements.ts';

/** A policy of a file that was read and found right by itself. */
export interface Draft extends Annotated {
  /** Its file, and how people find that. */
  readonly source: PolicySource;
  readonly file: string;
  readonly statement: Statement;
  readonly parsed: ParsedStatement;
}

/**
 * Reads one policy: cost of its text, syntax, annotations, cost of what it asks, headers. `number` is its place in its
 * file, from 1.
 */
export function readStatement(
  cedar: Cedar,
  schema: PolicySchema,
  place: Pick<Draft, 'file' | 'source' | 'statement'> & { readonly number: number },
): Result<Draft, readonly Problem[]> {
  const { file, source, statement, number } = place;
  const { line, column, text } = statement;
  const refuse = (message: string) => err([{ file, line, column, message }]);
  const tooMuch = textProblem(text);
  if (tooMuch !== undefined) return refuse(tooMuch);
  const parsed = cedar.parse(text);
  if (!parsed.ok) {
    return err(parsed.error.map((complaint) => problemIn(file, statement, complaint)));
  }
  const annotated = readAnnotations(parsed.value, `${source.name}#${number}`);
  if (!annotated.ok) return refuse(annotated.error);
  const cost = costProblem(parsed.value.json) ?? compileProblem(parsed.value.json);
  if (cost !== undefined) return refuse(cost);
  const unnamed = headerReads(parsed.value.json).filter((name) => !schema.headers.includes(name));
  if (unnamed.length > 0) {
    return err(unnamed.map((name) => unnamedHeader({ file, statement }, name, schema)));
  }
  const { namespace } = source;
  const { id: ownId, mode } = annotated.value;
  const id = namespace === undefined ? ownId : `${namespace}/${ownId}`;
  return ok({ id, mode, file, source, statement, parsed: parsed.value });
}

/** Cedar would only say that the policy is impossible, as where it asks `context.headers has` such a name. */
const unnamedHeader = (draft: Written, name: string, { headers }: PolicySchema): Problem =>
  problemAtWord(
    draft,
    name,
    `the header '${name}' is not among the policyHeaders of the MeshSettings: ${meant(name, headers) ?? 'name it there first'}`,
  );

/** What makes a policy impossible that asks whether the `context has` what it never has. */
export function unknownAttribute(draft: Draft, { message }: CedarComplaint): Problem | undefined {
  if (!message.startsWith('policy is impossible')) return undefined;
  const reads = contextReads([draft.parsed.json]);
  const name = [...reads].find((read) => !CONTEXT_ATTRIBUTES.some((known) => known === read));
  if (name === undefined) return undefined;
  const instead = meant(name, CONTEXT_ATTRIBUTES) ?? `it has ${CONTEXT_ATTRIBUTES.join(', ')}`;
  return problemAtWord(draft, name, `the context has no '${name}': ${instead}`);
}

const meant = (word: string, known: readonly string[]): string | undefined => {
  const near = closest(word, known);
  return near === undefined ? undefined : `did you mean '${near}'?`;
};

type Written = Pick<Draft, 'file' | 'statement'>;

const problemAtWord = (written: Written, word: string, message: string): Problem =>
  problemAt(written, Math.max(written.statement.text.indexOf(word), 0), message);

/** One at a character of the statement. */
export function problemAt({ file, statement }: Written, index: number, message: string): Problem {
  const start = new TextEncoder().encode(statement.text.slice(0, index)).length;
  return problemIn(file, statement, { start, message });
}

/** A complaint of Cedar's at its place in the file. */
export const problemIn = (
  file: string,
  statement: Statement,
  complaint: CedarComplaint,
): Problem => ({
  file,
  ...placeIn(statement, complaint.start),
  message: complaint.message,
});

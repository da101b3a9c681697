import { closest, err, ok, type Problem, type Result } from '../core/index.ts';
import { type Annotated, readAnnotations } from './annotations.ts';
import type { Cedar, CedarComplaint, ParsedStatement } from './cedar.ts';
import { compileProblem } from './compile/index.ts';
import { headerReads } from './context-reads.ts';
import { costProblem, textProblem } from './policy-bounds.ts';
import type { PolicySchema } from './schema.ts';
import { placeIn, type Statement } from './statements.ts';

/** A policy of a file that was read and found right by itself. */
export interface Draft extends Annotated {
  readonly file: string;
  readonly since: number | undefined;
  readonly statement: Statement;
  readonly parsed: ParsedStatement;
}

/**
 * Reads one policy: cost of its text, syntax, annotations, cost of what it asks, headers. `fallback` is its id when it
 * has none.
 */
export function readStatement(
  cedar: Cedar,
  schema: PolicySchema,
  place: Pick<Draft, 'file' | 'since' | 'statement'> & { readonly fallback: string },
): Result<Draft, readonly Problem[]> {
  const { file, since, statement, fallback } = place;
  const { line, column, text } = statement;
  const refuse = (message: string) => err([{ file, line, column, message }]);
  const tooMuch = textProblem(text);
  if (tooMuch !== undefined) return refuse(tooMuch);
  const parsed = cedar.parse(text);
  if (!parsed.ok) {
    return err(parsed.error.map((complaint) => problemIn(file, statement, complaint)));
  }
  const annotated = readAnnotations(parsed.value, fallback);
  if (!annotated.ok) return refuse(annotated.error);
  const cost = costProblem(parsed.value.json) ?? compileProblem(parsed.value.json);
  if (cost !== undefined) return refuse(cost);
  const unnamed = headerReads(parsed.value.json).filter((name) => !schema.headers.includes(name));
  if (unnamed.length > 0) {
    return err(unnamed.map((name) => unnamedHeader({ file, statement }, name, schema)));
  }
  return ok({ ...annotated.value, file, since, statement, parsed: parsed.value });
}

/** Cedar would only say that the policy is impossible. */
function unnamedHeader(
  { file, statement }: Pick<Draft, 'file' | 'statement'>,
  name: string,
  { headers }: PolicySchema,
): Problem {
  const at = statement.text.indexOf(name);
  const byte = new TextEncoder().encode(statement.text.slice(0, Math.max(at, 0))).length;
  const near = closest(name, headers);
  const instead = near === undefined ? 'name it there first' : `did you mean '${near}'?`;
  const message = `the header '${name}' is not among the policyHeaders of the MeshSettings: ${instead}`;
  return { file, ...placeIn(statement, byte), message };
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

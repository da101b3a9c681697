import { err, type Problem, type Result } from '../core/index.ts';
import type { Cedar } from './cedar.ts';
import { textProblem } from './policy-bounds.ts';
import { filePath, type PolicySource } from './policy-file.ts';
import { placeIn, statementsOf } from './statements.ts';

/**
 * The file as Cedar's own formatter lays it out, comments included. What does not parse is refused with every place
 * where it does not.
 */
export function formatPolicies(
  cedar: Cedar,
  source: PolicySource,
): Result<string, readonly Problem[]> {
  const { text } = source;
  const file = filePath(source);
  const problems = statementsOf(text).flatMap((statement): Problem[] => {
    const { line, column } = statement;
    const tooMuch = textProblem(statement.text);
    if (tooMuch !== undefined) return [{ file, line, column, message: tooMuch }];
    const parsed = cedar.parse(statement.text);
    if (parsed.ok) return [];
    return parsed.error.map(({ start, message }) => ({
      file,
      ...placeIn(statement, start),
      message,
    }));
  });
  if (problems.length > 0) return err(problems);
  const formatted = cedar.format(text);
  return formatted.ok ? formatted : err(formatted.error.map(({ message }) => ({ file, message })));
}

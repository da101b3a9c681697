/** One policy of a Cedar file, as it stands there. */
export interface Statement {
  readonly text: string;
  /** Where `text` begins in its file, from 1. */
  readonly line: number;
  readonly column: number;
}

/** White space, and comments to the end of their line: the only kind that Cedar has. */
const TRIVIA = /(?:\s|\/\/[^\n]*)*/y;
/** What may hide the `;` that ends a policy: a string (to the end of the text if need be) or a comment. */
const PIECE = /"(?:\\.|[^"\\])*"?|\/\/[^\n]*|\/|[^;"/]+/sy;

/**
 * Cuts a file into its policies, so that every wrong one can be reported, not only the first. What
 * is no policy is still cut out, for the parser to complain about.
 */
export function statementsOf(text: string): Statement[] {
  const statements: Statement[] = [];
  let line = 1;
  let lineStart = 0;
  let at = 0;
  const moveTo = (next: number): void => {
    for (let i = text.indexOf('\n', at); i >= 0 && i < next; i = text.indexOf('\n', i + 1)) {
      line += 1;
      lineStart = i + 1;
    }
    at = next;
  };
  for (;;) {
    moveTo(endOf(TRIVIA, text, at));
    if (at >= text.length) return statements;
    const end = statementEnd(text, at);
    statements.push({ text: text.slice(at, end), line, column: at - lineStart + 1 });
    moveTo(end);
  }
}

/** The line and column (from 1) of a byte of a statement's UTF-8 form, in the statement's file. */
export function placeIn(
  statement: Statement,
  byte: number,
): { readonly line: number; readonly column: number } {
  const before = new TextDecoder()
    .decode(new TextEncoder().encode(statement.text).subarray(0, byte))
    .split('\n');
  const lastLength = before.at(-1)?.length ?? 0;
  return before.length === 1
    ? { line: statement.line, column: statement.column + lastLength }
    : { line: statement.line + before.length - 1, column: lastLength + 1 };
}

/** The text with spaces for what stands in its strings and comments. */
export const withoutTexts = (text: string): string => {
  let code = '';
  for (let at = 0; at < text.length; ) {
    const end = text[at] === ';' ? at + 1 : endOf(PIECE, text, at);
    code += /^(?:"|\/\/)/.test(text.slice(at, at + 2)) ? ' '.repeat(end - at) : text.slice(at, end);
    at = end;
  }
  return code;
};

/** Just behind the `;` that ends the statement, or the end of the text. */
function statementEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== ';') at = endOf(PIECE, text, at);
  return Math.min(at + 1, text.length);
}

function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from + 1;
}

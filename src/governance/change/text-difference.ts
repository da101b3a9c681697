/** Lines that stay the same and are shown beside those that do not: what the difference is about. */
const CONTEXT_LINES = 3;

/**
 * What a person reads to know all that differs between two texts: lines of the first with `- `, of the second with
 * `+ `, and some around them with two spaces. From the first line that differs to the last one all are shown.
 */
export function textDifference(before: string, after: string): string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < shorter && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const marked = (lines: readonly string[], mark: string): string[] =>
    lines.map((line) => `${mark} ${line}`);
  const rest = old.length - end;
  return [
    ...marked(old.slice(Math.max(0, start - CONTEXT_LINES), start), ' '),
    ...marked(old.slice(start, rest), '-'),
    ...marked(fresh.slice(start, fresh.length - end), '+'),
    ...marked(old.slice(rest, rest + CONTEXT_LINES), ' '),
  ];
}

/** An end of line that is missing is a difference as well, but not a line. */
const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split('\n'));

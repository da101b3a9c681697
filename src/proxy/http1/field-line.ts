import { Field } from '../http/field.ts';
import { ROLE, roleOf } from '../http/field-role.ts';

/**
 * The field that a line, without its end, stands for; undefined: it is none (RFC 9112 section 5 and RFC 9110
 * section 5.5, to the letter: no space before the colon, no folding, no bare CR or LF, no NUL or other control
 * character).
 */
export function fieldOf(line: string): Field | undefined {
  const colon = line.indexOf(':');
  if (colon < 1) return undefined;
  const field = new Field(line.slice(0, colon).toLowerCase(), trimmed(line, colon + 1));
  return roleOf(field) === ROLE.MALFORMED ? undefined : field;
}

/**
 * What stands from `start` on without optional white space around it (RFC 9110 section 5.6.3). `trim` would take
 * a no-break space for such too, and a pattern for the end is quadratic in a value full of spaces.
 */
export function trimmed(text: string, start = 0): string {
  let from = start;
  let to = text.length;
  while (from < to && isWhiteSpace(text.charCodeAt(from))) from += 1;
  while (to > from && isWhiteSpace(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

const isWhiteSpace = (code: number): boolean => code === 0x20 || code === 0x09;

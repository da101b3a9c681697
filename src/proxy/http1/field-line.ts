import { Field } from '../http/field.ts';
import { ROLE, roleOf } from '../http/field-role.ts';
import { KNOWN_LINE_CHARS, KNOWN_LINES } from '../limits.ts';

/** Lines that came before, without their ends. The same line again is the same field, of which everything is known. */
const known = new Map<string, Field>();

/** What gives its holder a right, or may: never kept beyond its message. */
const SECRET_NAME = /auth|cookie|credential|key|passw|secret|session|signature|token/;

/**
 * The field that a line of a head, without its end, stands for; undefined: it is none (RFC 9112 section 5 and
 * RFC 9110 section 5.5, to the letter: no space before the colon, no folding, no bare CR or LF, no NUL or other
 * control character).
 */
export function fieldOf(line: string): Field | undefined {
  const before = known.get(line);
  if (before !== undefined) return before;
  // A string of its own: a part of the head's would keep all of the head in memory.
  const own = Buffer.from(line, 'latin1').toString('latin1');
  const colon = own.indexOf(':');
  if (colon < 1) return undefined;
  const name = own.slice(0, colon).toLowerCase();
  const field = new Field(name, trimmed(own, colon + 1));
  if (roleOf(field) === ROLE.MALFORMED) return undefined;
  if (own.length <= KNOWN_LINE_CHARS && !SECRET_NAME.test(name)) remember(own, field);
  return field;
}

function remember(line: string, field: Field): void {
  if (known.size >= KNOWN_LINES) known.clear();
  known.set(line, field);
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

import { MAX_NAMED_FILES, MAX_ROOT_KEYS, MAX_TEAM_KEYS } from '../limits.ts';

/** The deepest that we write is 7. What goes much deeper overruns the stack of whoever spells it out again. */
const MAX_DEPTH = 32;

/**
 * The JSON of a signed document that nobody has vouched for yet: of a depth, and with so many of what the library
 * reads in the square of its number, that reading it takes a short time.
 *
 * @throws Error what is wrong, in words
 */
export function readSignedJson(bytes: Uint8Array): unknown {
  // A byte order mark is no JSON, here as in the library: both must read the same.
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (isTooDeep(text)) throw new RangeError(`it nests more than ${MAX_DEPTH} deep`);
  const json: unknown = JSON.parse(text);
  const problem = countProblem(json);
  if (problem !== undefined) throw new RangeError(problem);
  return json;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpening = (char: number): boolean => char === 0x5b || char === 0x7b;
const isClosing = (char: number): boolean => char === 0x5d || char === 0x7d;

function isTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (isString && char === BACKSLASH) at++;
    else if (char === QUOTE) isString = !isString;
    else if (isString) continue;
    else if (isOpening(char) && ++depth > MAX_DEPTH) return true;
    else if (isClosing(char)) depth--;
  }
  return false;
}

function countProblem(json: unknown): string | undefined {
  const signed = field(json, 'signed');
  const delegations = field(signed, 'delegations');
  const counted = [
    ['keys', field(signed, 'keys'), MAX_ROOT_KEYS],
    ['roles', field(signed, 'roles'), MAX_ROOT_KEYS],
    ['files', field(signed, 'meta'), MAX_NAMED_FILES],
    ['keys of teams', field(delegations, 'keys'), MAX_TEAM_KEYS],
    ['delegations', field(delegations, 'roles'), MAX_TEAM_KEYS],
  ] as const;
  for (const [what, value, max] of counted) {
    const count = isObject(value) ? Object.keys(value).length : 0;
    if (count > max) return `it has ${count} ${what}; at most ${max} are read`;
  }
  return undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const field = (value: unknown, name: string): unknown =>
  isObject(value) ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;

/** A string, or one of the marks between which strings stand, of a text that is JSON. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * Whether any object of a JSON text has two members of one name, however they are escaped: one reader takes
 * the first, another the last, and so a token would say two things (RFC 7515 section 4, RFC 7519 section 4).
 *
 * @param json a text that `JSON.parse` takes
 */
export function hasDuplicateMembers(json: string): boolean {
  const open: (Set<string> | undefined)[] = []; // the names seen in each object that is open; none for a list
  let last = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const names = open.at(-1);
      const name: unknown = JSON.parse(last);
      if (names === undefined || typeof name !== 'string' || names.has(name)) return true;
      names.add(name);
    }
    last = token;
  }
  return false;
}

import { CONTEXT_ATTRIBUTES } from './schema.ts';

/** Cedar's JSON form of a part of a policy (https://docs.cedarpolicy.com/policies/json-format.html). */
type Json = unknown;

/** The attributes of the context that these policies may read; one that takes it as a whole value reads all. */
export function contextReads(policies: readonly Json[]): ReadonlySet<string> {
  const reads = new Set<string>();
  const open: Json[] = [...policies];
  while (open.length > 0) {
    const json = open.pop();
    if (typeof json !== 'object' || json === null) continue;
    const read = readOf(json);
    if (read !== undefined) reads.add(read);
    else if (isContext(json)) for (const name of CONTEXT_ATTRIBUTES) reads.add(name);
    else open.push(...Object.values(json));
  }
  return reads;
}

/** The attribute, if `json` is `context.NAME` or `context has NAME` (or `has NAME.…`). */
function readOf(json: object): string | undefined {
  const [[form, body] = []] = Object.entries(json);
  if ((form !== '.' && form !== 'has') || typeof body !== 'object' || body === null) {
    return undefined;
  }
  const { left, attr }: { left?: Json; attr?: Json } = body;
  const name = Array.isArray(attr) ? attr[0] : attr;
  return isContext(left) && typeof name === 'string' ? name : undefined;
}

const isContext = (json: Json): boolean =>
  typeof json === 'object' && json !== null && 'Var' in json && json.Var === 'context';

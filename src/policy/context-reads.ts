import { CONTEXT_ATTRIBUTES } from './schema.ts';

/** Cedar's JSON form of a part of a policy (https://docs.cedarpolicy.com/policies/json-format.html). */
type Json = unknown;

/** The attributes of the context that these policies may read; one that takes it as a whole value reads all. */
export function contextReads(policies: readonly Json[]): ReadonlySet<string> {
  const reads = new Set<string>();
  for (const [first] of pathsIn(policies)) {
    if (first === undefined) for (const name of CONTEXT_ATTRIBUTES) reads.add(name);
    else reads.add(first);
  }
  return reads;
}

/** The names of the headers that a policy reads. */
export const headerReads = (policy: Json): readonly string[] => [
  ...new Set(
    pathsIn([policy]).flatMap(([first, second]) =>
      first === 'headers' && second !== undefined ? [second] : [],
    ),
  ),
];

/** What follows `context` wherever it stands: `context.a["b"]` is a, b; `context has a.b` is, too. */
function pathsIn(policies: readonly Json[]): string[][] {
  const paths: string[][] = [];
  const open: Json[] = [...policies];
  while (open.length > 0) {
    const json = open.pop();
    if (typeof json !== 'object' || json === null) continue;
    const path = pathOf(json);
    if (path === undefined) open.push(...Object.values(json));
    else paths.push(path);
  }
  return paths;
}

/** The attributes that lead from the context to this value; undefined where it is no such value. */
function pathOf(json: Json): string[] | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  if ('Var' in json && json.Var === 'context') return [];
  const [[form, body] = []] = Object.entries(json);
  if ((form !== '.' && form !== 'has') || typeof body !== 'object' || body === null) {
    return undefined;
  }
  const { left, attr }: { left?: Json; attr?: Json } = body;
  const names = (Array.isArray(attr) ? attr : [attr]).filter((name) => typeof name === 'string');
  const before = pathOf(left);
  return before === undefined ? undefined : [...before, ...names];
}

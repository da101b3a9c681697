import { closest, type Problem } from '../core/index.ts';
import { quoted } from './cedar-text.ts';
import type { EntityName } from './decision-program.ts';
import { type Draft, problemAt } from './policy-statement.ts';

/** What there is in a mesh for policies to speak about. */
export interface KnownNames {
  /** `<namespace>/<name>`: services, and the service accounts that callers may have. */
  readonly services: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

/** Services and namespaces that a policy names, in its head or its conditions, and that nothing is. */
export function unknownNames(draft: Draft, known: KnownNames): readonly Problem[] {
  const unknown = new Map(
    entitiesIn(draft.parsed.json)
      .filter(({ type, id }) => knownOf(type, known)?.names.has(id) === false)
      .map((entity) => [`${entity.type} ${entity.id}`, entity]),
  );
  return [...unknown.values()].map((entity) =>
    problemAt(draft, placeOf(entity, draft.statement.text), messageAbout(entity, known)),
  );
}

function knownOf(type: string, { services, namespaces }: KnownNames) {
  if (type === 'Service') return { names: services, what: 'service, and no service account,' };
  return type === 'Namespace' ? { names: namespaces, what: 'namespace' } : undefined;
}

function messageAbout({ type, id }: EntityName, known: KnownNames): string {
  const { names = new Set<string>(), what } = knownOf(type, known) ?? {};
  const near = closest(id, [...names]);
  const instead =
    near === undefined
      ? 'put it in force before, or along with this policy'
      : `did you mean '${near}'?`;
  return `there would be no ${what} '${id}': ${instead}`;
}

/** Where it is written, in any of the ways that Cedar allows. */
function placeOf({ type, id }: EntityName, text: string): number {
  const literal = quoted(id).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return Math.max(text.search(new RegExp(`\\b${type}\\s*::\\s*${literal}`)), 0);
}

/** Every entity in Cedar's JSON form, whose only objects with these two texts are entities. */
function entitiesIn(policy: unknown): EntityName[] {
  const found: EntityName[] = [];
  const open: unknown[] = [policy];
  for (let json = open.pop(); json !== undefined; json = open.pop()) {
    if (typeof json !== 'object' || json === null) continue;
    const { type, id } = json as { readonly type?: unknown; readonly id?: unknown }; // read as what they are
    if (typeof type === 'string' && typeof id === 'string') found.push({ type, id });
    else open.push(...Object.values(json).filter((value) => value !== undefined));
  }
  return found;
}

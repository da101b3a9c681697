import type { ActionFacts, EntityName } from '../decision-program.ts';
import { fieldOf, type Json, type JsonObject, listOf, objectOf, textOf } from './cedar-json.ts';

/** What a linker has to know of the schema. */
export interface SchemaFacts {
  /** Attributes of any action's context, in the order of their names. */
  readonly context: readonly string[];
  readonly actions: readonly ActionFacts[];
}

/**
 * The facts of a schema without named namespaces, in the JSON form that the official engine resolves all types in
 * (https://docs.cedarpolicy.com/schema/json-schema.html).
 * @throws Refusal for a schema of another form
 */
export function schemaFactsOf(schema: Json): SchemaFacts {
  const namespace = objectOf(fieldOf(objectOf(schema), ''));
  const actions = Object.entries(objectOf(fieldOf(namespace, 'actions'))).map(
    ([id, action]) => [id, objectOf(action)] as const,
  );
  const parents = new Map(actions.map(([id, action]) => [id, memberOf(action)]));
  return {
    context: [...new Set(actions.flatMap(([, action]) => contextOf(action)))].toSorted(),
    actions: actions.map(([id]) => ({ ...actionNamed(id), ancestors: above(id, parents) })),
  };
}

const actionNamed = (id: string): EntityName => ({ type: 'Action', id });

const memberOf = (action: JsonObject): string[] =>
  listOf(fieldOf(action, 'memberOf') ?? []).map((group) => textOf(fieldOf(objectOf(group), 'id')));

function contextOf(action: JsonObject): string[] {
  const appliesTo = objectOf(fieldOf(action, 'appliesTo') ?? {});
  const context = objectOf(fieldOf(appliesTo, 'context') ?? {});
  return Object.keys(objectOf(fieldOf(context, 'attributes') ?? {}));
}

/** Everything above an action; the official engine refuses schemas whose actions form a circle. */
function above(id: string, parents: ReadonlyMap<string, readonly string[]>): EntityName[] {
  const found = new Set<string>();
  const open = [...(parents.get(id) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(parents.get(next) ?? []));
  }
  return [...found].map(actionNamed);
}

import type { EntityName, Scope } from '../decision-program.ts';
import { fieldOf, type Json, type JsonObject, listOf, objectOf, textOf } from './cedar-json.ts';
import { Refusal } from './refusal.ts';

/** A scope constraint (https://docs.cedarpolicy.com/policies/json-format.html#principal). */
export function scopeOf(json: Json | undefined): Scope {
  const scope = objectOf(json);
  const op = fieldOf(scope, 'op');
  if (op === 'All') return { kind: 'any' };
  if (op === '==') return { kind: 'equal', entity: entityIn(scope) };
  if (op === 'in') {
    const entities = fieldOf(scope, 'entities');
    return entities === undefined
      ? { kind: 'in', entities: [entityIn(scope)] }
      : { kind: 'in', entities: listOf(entities).map(entityNameOf) };
  }
  if (op === 'is') {
    const type = textOf(fieldOf(scope, 'entity_type'));
    const within = fieldOf(scope, 'in');
    return within === undefined
      ? { kind: 'is', type }
      : { kind: 'isIn', type, entity: entityIn(objectOf(within)) };
  }
  throw new Refusal(`the scope operator ${JSON.stringify(op)} is not known`);
}

/** Which resources a policy speaks about. */
export const resourceScope = (policy: JsonObject): Scope => scopeOf(fieldOf(policy, 'resource'));

/** `{type, id}`, or that inside `{__entity}`. */
export function entityNameOf(json: Json | undefined): EntityName {
  const outer = objectOf(json);
  const name = objectOf(fieldOf(outer, '__entity') ?? outer);
  return { type: textOf(fieldOf(name, 'type')), id: textOf(fieldOf(name, 'id')) };
}

function entityIn(scope: JsonObject): EntityName {
  if (Object.hasOwn(scope, 'slot')) throw new Refusal('a slot of a template is not filled in');
  return entityNameOf(fieldOf(scope, 'entity'));
}

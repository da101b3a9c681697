import type { EntityName, Scope } from '../decision-program.ts';
import { type EntityData, EntityRef } from '../value/index.ts';
import { LinkRefusal } from './code.ts';
import type { LinkedPolicy } from './linked-policy.ts';

/** An entity that is asked about, with what is known of it. */
export interface Subject {
  readonly entity: EntityRef;
  readonly data: EntityData | undefined;
}

/** Keys of no entity: those hold a space. */
const ANY = '*';
const keyOf = ({ type, id }: EntityName): string => new EntityRef(type, id).key;

type Level<T> = Map<string, T>;

/**
 * Policies by their scopes. Finding those that match a request takes time by what its entities are in, and not
 * by how many other policies there are.
 */
export class PolicyIndex {
  readonly #byResource: Level<Level<Level<LinkedPolicy[]>>> = new Map();

  /** @throws LinkRefusal for a scope that this version does not know */
  add(policy: LinkedPolicy, principal: Scope, action: Scope, resource: Scope): void {
    for (const resourceKey of scopeKeys(resource)) {
      const byPrincipal = entryOf(this.#byResource, resourceKey, () => new Map());
      for (const principalKey of scopeKeys(principal)) {
        const byAction = entryOf(byPrincipal, principalKey, () => new Map());
        for (const actionKey of scopeKeys(action)) {
          entryOf(byAction, actionKey, (): LinkedPolicy[] => []).push(policy);
        }
      }
    }
  }

  /** Every policy whose three scopes match, once, in no order. */
  matching(principal: Subject, action: Subject, resource: Subject): ReadonlySet<LinkedPolicy> {
    const found = new Set<LinkedPolicy>();
    const [principalKeys, actionKeys] = [subjectKeys(principal), subjectKeys(action)];
    for (const byPrincipal of entriesOf(this.#byResource, subjectKeys(resource))) {
      for (const byAction of entriesOf(byPrincipal, principalKeys)) {
        for (const policies of entriesOf(byAction, actionKeys)) {
          for (const policy of policies) found.add(policy);
        }
      }
    }
    return found;
  }
}

/** Under which keys a policy with this scope stands. */
function scopeKeys(scope: Scope): string[] {
  switch (scope.kind) {
    case 'any':
      return [ANY];
    case 'equal':
      return [`= ${keyOf(scope.entity)}`];
    case 'in':
      return scope.entities.map((entity) => `in ${keyOf(entity)}`);
    case 'is':
      return [`is ${scope.type}`];
    case 'isIn':
      return [`is ${scope.type} in ${keyOf(scope.entity)}`];
    default:
      throw new LinkRefusal(`the scope ${JSON.stringify(scope)} is not known to this version`);
  }
}

/** Under which keys the policies stand that speak about this entity. */
function subjectKeys({ entity, data }: Subject): string[] {
  const keys = [ANY, `= ${entity.key}`, `is ${entity.type}`];
  for (const key of [entity.key, ...(data?.ancestors ?? [])]) {
    keys.push(`in ${key}`, `is ${entity.type} in ${key}`);
  }
  return keys;
}

function entryOf<T>(level: Level<T>, key: string, make: () => T): T {
  const known = level.get(key);
  if (known !== undefined) return known;
  const made = make();
  level.set(key, made);
  return made;
}

function entriesOf<T>(level: Level<T>, keys: readonly string[]): T[] {
  const entries: T[] = [];
  for (const key of keys) {
    const entry = level.get(key);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

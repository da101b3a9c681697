import { err, ok, type Result } from '../../core/index.ts';
import { sameKey } from './equality.ts';
import type { Composite, Value } from './value.ts';

/** The name of an entity; what is known of it stands in the request's {@link EntityStore}. */
export class EntityRef {
  readonly type: string;
  readonly id: string;
  /** Shared with no other entity and no other value: a type is an identifier, and the id is quoted. */
  readonly key: string;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = `${type} ${JSON.stringify(id)}`;
  }

  equals(other: Composite): boolean {
    return sameKey(this, other);
  }
}

export interface EntityData {
  readonly attributes: ReadonlyMap<string, Value>;
  readonly tags: ReadonlyMap<string, Value>;
  /** Keys of everything that the entity is in, however far above; not its own. */
  readonly ancestors: ReadonlySet<string>;
}

/** What is known of entities, by {@link EntityRef.key}. */
export type EntityStore = ReadonlyMap<string, EntityData>;

/** An entity as it is given, with the entities that it is directly in. */
export interface EntityFacts {
  readonly entity: EntityRef;
  readonly attributes: ReadonlyMap<string, Value>;
  readonly tags: ReadonlyMap<string, Value>;
  readonly parents: readonly EntityRef[];
}

/** Works the hierarchy out once, so that `in` is one look-up. The error names entities that form a circle. */
export function entityStoreOf(entities: readonly EntityFacts[]): Result<EntityStore, string> {
  const facts = new Map(entities.map((given) => [given.entity.key, given]));
  const known = new Map<string, ReadonlySet<string>>();
  const open = new Set<string>();
  let circle: string | undefined;
  const ancestorsOf = (key: string): ReadonlySet<string> => {
    const done = known.get(key);
    if (done !== undefined) return done;
    const above = new Set<string>();
    open.add(key);
    for (const { key: parent } of facts.get(key)?.parents ?? []) {
      if (open.has(parent)) {
        circle = parent;
        continue;
      }
      above.add(parent);
      for (const further of ancestorsOf(parent)) above.add(further);
    }
    open.delete(key);
    known.set(key, above);
    return above;
  };
  const store = new Map(
    entities.map(({ entity, attributes, tags }): [string, EntityData] => [
      entity.key,
      { attributes, tags, ancestors: ancestorsOf(entity.key) },
    ]),
  );
  return circle === undefined ? ok(store) : err(`the entity '${circle}' is inside itself`);
}

import {
  type EntityData,
  EntityRef,
  type EntityStore,
  RecordValue,
  type Value,
} from '../value/index.ts';

const NOBODY = new EntityRef('', '');
const NO_ENTITIES: EntityStore = new Map();

/**
 * One request as linked policies read it. An object of this class is filled in again for each request, so that
 * a decision makes no garbage.
 */
export class DecisionInput {
  principal = NOBODY;
  action = NOBODY;
  resource = NOBODY;
  /** What is known of the caller, the resource and what they are in. */
  entities = NO_ENTITIES;
  /** What is known of the user and its groups. */
  userEntities = NO_ENTITIES;
  principalData: EntityData | undefined;
  resourceData: EntityData | undefined;
  /** The context's attributes in the order of {@link names}; undefined for one that this request has not. */
  readonly slots: (Value | undefined)[];
  readonly names: readonly string[];
  /** What is known of the schema's actions, whatever the request. */
  readonly #actions: EntityStore;

  constructor(names: readonly string[], actions: EntityStore) {
    this.names = names;
    this.slots = names.map(() => undefined);
    this.#actions = actions;
  }

  /** Who asks for what, and what is known of both. */
  between(principal: EntityRef, resource: EntityRef, entities: EntityStore): void {
    this.principal = principal;
    this.resource = resource;
    this.entities = entities;
    this.principalData = entities.get(principal.key);
    this.resourceData = entities.get(resource.key);
  }

  dataOf(entity: EntityRef): EntityData | undefined {
    if (entity === this.principal) return this.principalData;
    if (entity === this.resource) return this.resourceData;
    const { key } = entity;
    return this.entities.get(key) ?? this.userEntities.get(key) ?? this.#actions.get(key);
  }

  /** The whole context, for the rare policy that speaks of it as one value. */
  context(): RecordValue {
    const fields = new Map<string, Value>();
    for (const [slot, name] of this.names.entries()) {
      const value = this.slots[slot];
      if (value !== undefined) fields.set(name, value);
    }
    return new RecordValue(fields);
  }
}

import { expect, test } from 'bun:test';
import { type EntityFacts, EntityRef, entityStoreOf } from './entity.ts';

const entity = (id: string, ...parents: readonly string[]): EntityFacts => ({
  entity: new EntityRef('G', id),
  attributes: new Map(),
  tags: new Map(),
  parents: parents.map((parent) => new EntityRef('G', parent)),
});

test('an entity is in everything above it, named once', () => {
  const store = entityStoreOf([
    entity('a', 'b', 'c'),
    entity('b', 'd'),
    entity('c', 'd'),
    entity('d', 'ghost'),
  ]);
  if (!store.ok) throw new Error(store.error);
  const above = store.value.get(new EntityRef('G', 'a').key)?.ancestors;
  expect([...(above ?? [])].toSorted()).toEqual(['G "b"', 'G "c"', 'G "d"', 'G "ghost"']);
});

test('entities that form a circle are refused by name', () => {
  for (const circle of [
    [entity('a', 'a')],
    [entity('a', 'b'), entity('b', 'c'), entity('c', 'a')],
    [entity('x', 'a'), entity('a', 'b'), entity('b', 'a')],
  ]) {
    expect(entityStoreOf(circle)).toEqual({
      ok: false,
      error: 'the entity \'G "a"\' is inside itself',
    });
  }
});

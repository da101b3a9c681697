import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { placeIn, putInOrder } from './ordered-list.ts';

test('whatever is put into a list stands in the order of the ids, each once, as it was put last', () => {
  const item = fc.record({ id: fc.string({ maxLength: 2 }), value: fc.nat() });
  const property = fc.property(fc.array(item), (items) => {
    const list: { id: string; value: number }[] = [];
    for (const one of items) putInOrder(list, one);
    const last = new Map(items.map((one) => [one.id, one]));
    expect(list).toEqual([...last.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
    for (const [place, { id }] of list.entries()) expect(placeIn(list, id)).toBe(place);
  });
  fc.assert(property, { seed: 20_261_120, numRuns: 300 });
});

test('what is not there would stand before the next id', () => {
  expect(['a', 'b', 'c', 'z'].map((id) => placeIn([{ id: 'b' }, { id: 'c' }], id))).toEqual([
    0, 0, 1, 2,
  ]);
});

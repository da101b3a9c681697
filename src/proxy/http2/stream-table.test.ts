import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** The table looks at a stream's id and link only. */
const stream = (id: number): Stream => ({ id, chained: undefined }) as Stream;

test('streams are found by their ids, however many come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 300 }), (numbers) => {
      const table = new StreamTable();
      const model = new Map<number, Stream>();
      for (const number of numbers) {
        const id = 2 * number + 1;
        const known = model.get(id);
        if (known === undefined) {
          const added = stream(id);
          table.add(added);
          model.set(id, added);
        } else {
          table.remove(known);
          model.delete(id);
        }
        expect(table.size).toBe(model.size);
      }
      for (let id = 1; id <= 801; id += 2) expect(table.find(id)).toBe(model.get(id));
      const ids = (all: Iterable<Stream>) => [...all].map(({ id }) => id).sort((a, b) => a - b);
      expect(ids(table.all())).toEqual(ids(model.values()));
    }),
    { seed: 31 },
  );
});

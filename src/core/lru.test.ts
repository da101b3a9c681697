import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Lru } from './lru.ts';

/** Few keys, so that they are used again, and pushed out. */
const step = fc.record({ key: fc.nat(5), does: fc.constantFrom('get', 'set', 'delete') });

test('whatever is done with it, an Lru holds what was used last', () => {
  const property = fc.property(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) => {
    const lru = new Lru<number, number>(3);
    let newestFirst: number[] = [];
    for (const { key, does } of steps) {
      const others = newestFirst.filter((one) => one !== key);
      const isHeld = others.length < newestFirst.length;
      if (does === 'set') lru.set(key, key);
      else if (does === 'delete') lru.delete(key);
      else expect(lru.get(key)).toBe(isHeld ? key : undefined);
      const stays = does === 'set' || (does === 'get' && isHeld);
      newestFirst = (stays ? [key, ...others] : others).slice(0, 3);
      expect(lru.size).toBe(newestFirst.length);
    }
  });
  fc.assert(property, { seed: 1, numRuns: 100 });
});

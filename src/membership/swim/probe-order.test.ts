import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { seededRandom } from '../../ports/testing/index.ts';
import { ProbeOrder } from './probe-order.ts';

test('each place comes once a round, in an order that differs by round', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), (places, seed) => {
      const order = new ProbeOrder(seededRandom(seed));
      const round = () => Array.from({ length: places }, () => order.next(places, () => true));
      const [first, second] = [round(), round()];
      expect(new Set(first).size).toBe(places);
      expect(new Set(second).size).toBe(places);
      if (places > 20) expect(first).not.toEqual(second);
    }),
    { seed: 5, numRuns: 100 },
  );
});

test('who is not wanted is passed over, and nobody comes when nobody is wanted', () => {
  const order = new ProbeOrder(seededRandom(1));
  for (let i = 0; i < 50; i++) expect(order.next(100, (place) => place === 42)).toBe(42);
  expect(order.next(100, () => false)).toBeUndefined();
  expect(order.next(0, () => true)).toBeUndefined();
});

test('places that are added come from the next round on', () => {
  const order = new ProbeOrder(seededRandom(1));
  order.next(3, () => true);
  const seen = new Set(Array.from({ length: 2 + 5 }, () => order.next(5, () => true)));
  expect(seen).toEqual(new Set([0, 1, 2, 3, 4]));
});

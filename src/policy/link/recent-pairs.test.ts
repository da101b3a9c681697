import { expect, test } from 'bun:test';
import { RecentPairs } from './recent-pairs.ts';

test('what was used last is kept, and never more than two generations', () => {
  const pairs = new RecentPairs<number>(10);
  for (let n = 0; n < 1_000; n += 1) {
    pairs.set(`a${n % 7}`, `b${n}`, n);
    expect(pairs.get('a0', 'b0')).toBe(0);
  }
  const kept = Array.from({ length: 1_000 }, (_, n) => n).filter(
    (n) => pairs.get(`a${n % 7}`, `b${n}`) !== undefined,
  );
  expect(kept.length).toBeLessThanOrEqual(20);
  expect(kept).toContain(999);
  expect(kept).toContain(0);
});

test('a value under other texts is not found', () => {
  const pairs = new RecentPairs<number>(10);
  pairs.set('a', 'bc', 1);
  expect([pairs.get('ab', 'c'), pairs.get('a', 'b'), pairs.get('a', 'bc')]).toEqual([
    undefined,
    undefined,
    1,
  ]);
});

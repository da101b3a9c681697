import { expect, test } from 'bun:test';
import { Allowance } from './allowance.ts';

test('a member may say so much at once, then one more each so often, whatever others say', () => {
  const allowance = new Allowance(3, 1_000);
  const takes = (member: number, now: number) => allowance.take(member, now);
  expect([0, 0, 0, 0].map((now) => takes(7, now))).toEqual([true, true, true, false]);
  expect(takes(200, 0)).toBe(true);
  expect(takes(7, 900)).toBe(false);
  expect(allowance.has(7, 1_000)).toBe(true);
  expect(takes(7, 1_000)).toBe(true);
  expect(takes(7, 1_500)).toBe(false);
  expect([60_000, 60_000, 60_000, 60_000].map((now) => takes(7, now))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

import { expect, test } from 'bun:test';
import { Durations } from './durations.ts';

test('quantiles are lengths that occurred, and the longest is the last of them', () => {
  const durations = new Durations();
  for (let ms = 1; ms <= 2_000; ms++) durations.add(ms);
  expect(durations.count).toBe(2_000);
  expect(durations.quantileMs(0.5)).toBe(1_000);
  expect(durations.quantileMs(0.99)).toBe(1_980);
  expect(durations.quantileMs(1)).toBe(2_000);
  expect(durations.longestMs).toBe(2_000);
});

test('of no durations nothing is said', () => {
  const none = new Durations();
  expect([none.quantileMs(0.5), none.longestMs, none.count]).toEqual([Number.NaN, Number.NaN, 0]);
});

test('a span longer than an hour counts as one', () => {
  const durations = new Durations();
  durations.add(1e12);
  expect(durations.longestMs).toBe(3_600_000);
});

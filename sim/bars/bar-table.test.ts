import { expect, test } from 'bun:test';
import type { Bar } from './bar.ts';
import { barLine, verdictOf } from './bar-table.ts';

const plain = (text: string): string => text;
const PAINT = { bold: plain, dim: plain, good: plain, bad: plain };
const time: Bar = { what: 'a change seen', unit: 'ms', bar: 1_000, stretch: 400 };
const times: Bar = {
  what: 'fewer',
  unit: 'times',
  bar: 50,
  stretch: 100,
  atLeast: true,
  needs: { what: 'without', least: 500 },
};

test('a figure reaches its stretch, its bar, or neither; one that is missing reaches nothing', () => {
  const reached = [400, 401, 1_001, Number.NaN].map((value) => verdictOf(time, { value }));
  expect(reached).toEqual(['stretch', 'bar', 'MISSED', 'MISSED']);
});

test('where more is better, more reaches; and too few to compare reach nothing', () => {
  const reached = [100, 50, 49].map((value) => verdictOf(times, { value, basis: 500 }));
  expect(reached).toEqual(['stretch', 'bar', 'MISSED']);
  expect(verdictOf(times, { value: 1_000, basis: 499 })).toBe('MISSED');
});

test('a line says what was measured and what it should be', () => {
  expect(barLine('spread', time, { value: 146 }, PAINT)).toBe(
    '  stretch  spread      146 ms  a change seen (bar 1 s, stretch 400 ms)',
  );
  expect(barLine('slow', times, { value: 60, basis: 1_200 }, PAINT)).toBe(
    '  bar      slow           60×  fewer (bar 50×, stretch 100×; 1,200 without, of 500 at least)',
  );
});

import { describe, expect, test } from 'bun:test';
import { median, quantile, table } from './rows.ts';

describe('a table of figures', () => {
  test('says which aim each figure reaches, and shows three digits', () => {
    const aim = { unit: '×', bar: 1, stretch: 0.85 };
    const text = table([
      { what: 'good', value: 0.85, ...aim },
      { what: 'enough', value: 1, ...aim },
      { what: 'missed', value: 1.2345, spread: [1.1, 1_300.4], ...aim },
      { what: 'no figure', value: Number.NaN, ...aim },
      { what: 'no aim', value: 41.27, unit: 'µs' },
    ]);
    const lines = text.split('\n').map((line) => line.split(/\s{2,}/));
    expect(lines.slice(1)).toEqual([
      ['good', '0.85', '×', '1', '0.85', 'stretch'],
      ['enough', '1', '×', '1', '0.85', 'bar'],
      ['missed', '1.23', '×', '1.1–1300', '1', '0.85', 'MISSED'],
      ['no figure', 'NaN', '×', '1', '0.85', 'MISSED'],
      ['no aim', '41.3', 'µs'],
    ]);
  });
});

test('a quantile is one of the values, whatever their order', () => {
  const values = Array.from({ length: 100 }, (_, n) => 99 - n);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 0)).toBe(0);
  expect(quantile(values, 1)).toBe(99);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeNaN();
});

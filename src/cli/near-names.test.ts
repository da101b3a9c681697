import { expect, test } from 'bun:test';
import { nearNames } from './near-names.ts';

test('the nearest name is asked about, and the others are listed beside it', () => {
  expect(nearNames('n9', ['n1', 'n2'])).toBe('Did you mean n1? Known are: n1, n2.');
  expect(nearNames('frankfurt', ['n1', 'n2'])).toBe('Known are: n1, n2.');
  expect(nearNames('frankfurt', [])).toBe('Known are: none.');
});

test('of many names ten are listed, and the rest is counted', () => {
  const names = Array.from({ length: 12 }, (_, at) => `node-${at}`);
  expect(nearNames('x', names)).toEndWith('node-8, node-9, and 2 more.');
});

import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { ChangeBudgets } from './change-budgets.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const LIMITS = {
  ...DEFAULT_LIMITS,
  recordsPerWriter: 5,
  bytesPerWriter: 5_000,
  changesPerMinute: 60,
};
const node = (name: string) => name as NodeName; // tests choose labels

/** How many changes in a row are allowed to a writer at a moment. */
function spendAll(budgets: ChangeBudgets, writer: NodeName, now: number, bytes = 1): number {
  let changes = 0;
  while (budgets.allows(writer, now)) {
    budgets.spend(writer, bytes, now);
    changes++;
  }
  return changes;
}

test('a writer changes each of its records and a minute’s share at once, then so many a minute', () => {
  const budgets = new ChangeBudgets(LIMITS);
  expect(spendAll(budgets, node('a'), 0)).toBe(65);
  expect(spendAll(budgets, node('a'), 10_000)).toBe(10);
  expect(spendAll(budgets, node('a'), 10_500)).toBe(0);
  expect(spendAll(budgets, node('b'), 10_500)).toBe(65);
  expect(spendAll(budgets, node('a'), 10_000_000)).toBe(65);
});

test('large records count for as many of the average size', () => {
  const budgets = new ChangeBudgets(LIMITS);
  expect(spendAll(budgets, node('a'), 0, 10_000)).toBe(7);
  expect(spendAll(budgets, node('a'), 5_000)).toBe(0);
  expect(spendAll(budgets, node('a'), 15_000, 10_000)).toBe(1);
  expect(spendAll(budgets, node('b'), 15_000, 1_000)).toBe(65);
});

test('who has changed nothing for a minute, and owes nothing, is not remembered', () => {
  const budgets = new ChangeBudgets(LIMITS);
  for (let n = 0; n < 1_000; n++) budgets.spend(node(`n-${n}`), 1, 0);
  spendAll(budgets, node('busy'), 0);
  expect(budgets.size).toBe(1_001);
  budgets.spend(node('other'), 1, 60_000);
  expect(budgets.size).toBe(2);
  expect(spendAll(budgets, node('busy'), 60_000)).toBe(60);
});

import { expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import { ALLOWANCE_BYTES, REQUEST_TIMEOUT_MS, TURN_BYTES, TURN_MS } from './limits.ts';
import { PullBudget } from './pull-budget.ts';

test('a turn ends by time, and no answer is waited for beyond it', () => {
  const clock = new FakeClock();
  const budget = new PullBudget(clock);
  expect(budget.answerTimeoutMs).toBe(REQUEST_TIMEOUT_MS);
  clock.advance(TURN_MS - 1);
  expect(budget.overdraft).toBeUndefined();
  expect(budget.answerTimeoutMs).toBe(1);
  clock.advance(1);
  expect(budget.overdraft).toBe('time');
});

test('what brings nothing new may cost little, what does may cost in proportion', () => {
  const budget = new PullBudget(new FakeClock());
  budget.spend(ALLOWANCE_BYTES - 1);
  expect(budget.overdraft).toBeUndefined();
  budget.spend(1);
  expect(budget.overdraft).toBe('allowance');
  budget.learned(100_000);
  expect(budget.overdraft).toBeUndefined();
  budget.spend(200_000);
  expect(budget.overdraft).toBe('allowance');
});

test('even news without end come to one', () => {
  const budget = new PullBudget(new FakeClock());
  budget.learned(TURN_BYTES);
  budget.spend(TURN_BYTES);
  expect(budget.overdraft).toBe('bytes');
});

import { expect, test } from 'bun:test';
import { ClockOffset } from './clock-offset.ts';

test('how far others are ahead is known once enough of them answered, and is the one in the middle', () => {
  const offset = new ClockOffset();
  offset.heard(1, 10_010, 10_000, 20);
  offset.heard(2, 10_110, 10_000, 20);
  offset.heard(2, 10_110, 10_000, 20);
  expect(offset.medianMs()).toBeUndefined();
  offset.heard(3, 99_000_000, 10_000, 20); // one whose clock is far off
  expect(offset.medianMs()).toBe(120);
  offset.forget(2);
  expect(offset.medianMs()).toBeUndefined();
});

test('the latest answers count, of a bounded number of members', () => {
  const offset = new ClockOffset();
  for (let member = 0; member < 100; member++) offset.heard(member, 5_000, 0, 0);
  for (let member = 100; member < 115; member++) offset.heard(member, -7_000, 0, 0);
  expect(offset.medianMs()).toBe(-7_000);
  expect(offset.size).toBe(15);
});

test('members that lie move the median only when they are the most', () => {
  const offset = new ClockOffset();
  for (let member = 0; member < 15; member++) offset.heard(member, member < 7 ? 1e9 : 40, 0, 0);
  expect(offset.medianMs()).toBe(40);
});

import { expect, test } from 'bun:test';
import { RECOVERY_MS, Reachability } from './reachability.ts';

test('members that ran from the start could reach each other from the start', () => {
  const reachability = new Reachability(2);
  for (const node of [0, 1]) reachability.started(node, 0);
  expect(reachability.couldReach(0, 1, 5_000)).toBe(true);
});

test('a member that crashed, or has just come back, could not be reached all the while', () => {
  const reachability = new Reachability(2);
  for (const node of [0, 1]) reachability.started(node, 0);
  reachability.stopped(1);
  expect(reachability.couldReach(0, 1, 100_000)).toBe(false);
  reachability.started(1, 100_000);
  expect(reachability.couldReach(0, 1, 100_000 + RECOVERY_MS - 1)).toBe(false);
  expect(reachability.couldReach(0, 1, 100_000 + RECOVERY_MS)).toBe(true);
});

test('a cut in one direction counts for both, until a while after it healed', () => {
  const reachability = new Reachability(3);
  for (const node of [0, 1, 2]) reachability.started(node, 0);
  const healed = reachability.cut((from, to) => from === 0 && to === 1);
  expect(reachability.couldReach(1, 0, 100_000)).toBe(false);
  expect(reachability.couldReach(0, 2, 100_000)).toBe(true);
  healed(100_000);
  expect(reachability.couldReach(0, 1, 100_001)).toBe(false);
  expect(reachability.couldReach(0, 1, 100_001 + RECOVERY_MS)).toBe(true);
});

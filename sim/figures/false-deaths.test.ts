import { expect, test } from 'bun:test';
import type { Condition } from '../witness/index.ts';
import { FalseDeaths } from './false-deaths.ts';

const CONDITIONS: readonly Condition[] = ['healthy', 'healthy', 'slow', 'liar'];

const watching = (couldReach: boolean): FalseDeaths =>
  new FalseDeaths({
    condition: (node) => CONDITIONS[node] ?? 'healthy',
    couldReach: () => couldReach,
  });

test('held dead although it could be reached: counted by who holds whom', () => {
  const deaths = watching(true);
  deaths.judged(0, 1, 'dead', 10);
  deaths.judged(2, 1, 'dead', 20);
  deaths.judged(0, 2, 'dead', 30);
  expect([deaths.ofHealthy, deaths.count('healthy', 'slow'), deaths.ofSlow]).toEqual([2, 1, 1]);
  expect(deaths.examples).toHaveLength(2);
});

test('suspicion, what liars think and what is thought of them, and whoever was cut off count for nothing', () => {
  const deaths = watching(true);
  deaths.judged(0, 1, 'suspect', 10);
  deaths.judged(3, 1, 'dead', 20);
  deaths.judged(1, 3, 'dead', 30);
  const cutOff = watching(false);
  cutOff.judged(0, 1, 'dead', 10);
  expect([deaths.ofHealthy, deaths.ofSlow, cutOff.ofHealthy]).toEqual([0, 0, 0]);
});

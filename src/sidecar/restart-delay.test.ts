import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { RestartDelay } from './restart-delay.ts';

test('ends that follow each other are waited for twice as long each time, up to ten seconds', () => {
  const delay = new RestartDelay(new FakeClock());
  const delaysMs = Array.from({ length: 9 }, () => delay.next());
  expect(delaysMs).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
});

test('after a minute without one, an end counts as the first again', () => {
  const clock = new FakeClock();
  const delay = new RestartDelay(clock);
  for (let ends = 0; ends < 5; ends++) delay.next();
  clock.advance(30_000);
  expect(delay.next()).toBe(3_200);
  clock.advance(64_000);
  expect(delay.next()).toBe(100);
});

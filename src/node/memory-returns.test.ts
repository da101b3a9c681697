import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';

test('memory is given back soon after the start, then every five minutes until the node ends', () => {
  const clock = new FakeClock();
  const returns: number[] = [];
  const timer = returnMemoryNowAndThen(clock, () => returns.push(clock.monotonic()));
  const startMs = clock.monotonic();
  clock.advance(600_000);
  expect(returns.map((atMs) => atMs - startMs)).toEqual([15_000, 300_000, 600_000]);
  timer.cancel();
  clock.advance(600_000);
  expect(returns).toHaveLength(3);
});

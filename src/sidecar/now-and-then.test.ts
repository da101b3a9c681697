import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { nowAndThen } from './now-and-then.ts';

test('however often something happens, it is told once in its period', () => {
  const clock = new FakeClock();
  let told = 0;
  const happened = nowAndThen(1_000, clock, () => {
    told += 1;
  });
  for (let n = 0; n < 50; n += 1) happened();
  expect(told).toBe(1);
  clock.advance(999);
  happened();
  clock.advance(1);
  happened();
  expect(told).toBe(2);
});

import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';

function started(letGo: () => boolean) {
  const clock = new FakeClock();
  const returns: number[] = [];
  const startMs = clock.monotonic();
  const returnMemory = () => void returns.push(clock.monotonic() - startMs);
  return { clock, returns, timer: returnMemoryNowAndThen({ clock, letGo, returnMemory }) };
}

test('memory is given back soon after the start, then every five minutes until the node ends', () => {
  const { clock, returns, timer } = started(() => false);
  clock.advance(600_000);
  expect(returns).toEqual([15_000, 300_000, 600_000]);
  timer.cancel();
  clock.advance(600_000);
  expect(returns).toHaveLength(3);
});

test('what a change needed is let go of within a minute, and its memory given back', () => {
  let isHeld = true;
  const { clock, returns, timer } = started(() => {
    const wasHeld = isHeld;
    isHeld = false;
    return wasHeld;
  });
  clock.advance(130_000);
  isHeld = true;
  clock.advance(60_000);
  expect([isHeld, returns]).toEqual([false, [15_000, 180_000]]);
  timer.cancel();
});

import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';

const MB = 1_000_000;

function started() {
  const clock = new FakeClock();
  const startMs = clock.monotonic();
  const node = { isHolding: false, bytes: 140 * MB, returns: [] as number[] };
  const timer = returnMemoryNowAndThen({
    clock,
    letGo() {
      const wasHolding = node.isHolding;
      node.isHolding = false;
      return wasHolding;
    },
    residentBytes: () => node.bytes,
    returnMemory() {
      node.returns.push(clock.monotonic() - startMs);
      clock.after(5_000, () => {
        node.bytes = 105 * MB;
      });
    },
  });
  return { clock, node, timer };
}

test('memory is given back soon after the start, and at rest never again', () => {
  const { clock, node, timer } = started();
  clock.advance(3_600_000);
  expect(node.returns).toEqual([15_000]);
  timer.cancel();
});

test('memory that has grown is given back within a minute, until the node ends', () => {
  const { clock, node, timer } = started();
  clock.advance(30_000);
  node.bytes += 9 * MB; // compiled again after the return
  clock.advance(100_000);
  expect(node.returns).toEqual([15_000]);
  node.bytes += 9 * MB;
  clock.advance(100_000);
  expect(node.returns).toEqual([15_000, 180_000]);
  timer.cancel();
  node.bytes += 50 * MB;
  clock.advance(600_000);
  expect(node.returns).toHaveLength(2);
});

test('memory that grows just after a return, as amid work, is given back when the work has ended', () => {
  const { clock, node, timer } = started();
  clock.advance(22_000);
  node.bytes += 15 * MB;
  clock.advance(3_600_000);
  expect(node.returns).toEqual([15_000, 60_000]);
  timer.cancel();
});

test('what a change needed is let go of within a minute, and its memory given back', () => {
  const { clock, node, timer } = started();
  clock.advance(130_000);
  node.isHolding = true;
  clock.advance(60_000);
  expect([node.isHolding, node.returns]).toEqual([false, [15_000, 180_000]]);
  timer.cancel();
});

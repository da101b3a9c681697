import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';

const MB = 1_000_000;

function started() {
  const clock = new FakeClock();
  const startMs = clock.monotonic();
  const node = { isHolding: false, bytes: 140 * MB, processorMs: 0, returns: [] as number[] };
  const timer = returnMemoryNowAndThen({
    clock,
    letGo() {
      const wasHolding = node.isHolding;
      node.isHolding = false;
      return wasHolding;
    },
    residentBytes: () => node.bytes,
    processorMs: () => node.processorMs,
    returnMemory() {
      node.returns.push(clock.monotonic() - startMs);
      clock.after(6_000, () => {
        node.bytes = 105 * MB;
      });
    },
  });
  /** Its thread uses this share of a processor meanwhile. */
  const pass = (seconds: number, share: number) => {
    for (let second = 0; second < seconds; second += 1) {
      node.processorMs += share * 1_000;
      clock.advance(1_000);
    }
  };
  return { clock, node, timer, pass };
}

test('memory is given back soon after the start, and at rest never again', () => {
  const { node, timer, pass } = started();
  pass(3_600, 0.01);
  expect(node.returns).toEqual([15_000]);
  timer.cancel();
});

test('memory that has grown is given back when the work has ended, until the node ends', () => {
  const { clock, node, timer, pass } = started();
  pass(30, 0.01);
  node.bytes += 9 * MB; // compiled again after the return
  pass(100, 0.01);
  expect(node.returns).toEqual([15_000]);
  node.bytes += 9 * MB;
  pass(75, 0.05);
  expect(node.returns).toEqual([15_000]);
  pass(40, 0.01);
  expect(node.returns).toEqual([15_000, 240_000]);
  timer.cancel();
  node.bytes += 50 * MB;
  clock.advance(600_000);
  expect(node.returns).toHaveLength(2);
});

test('memory that grows just after a return is given back when the work has ended', () => {
  const { node, timer, pass } = started();
  pass(22, 0.01);
  node.bytes += 15 * MB;
  pass(20, 0.05);
  expect(node.returns).toEqual([15_000]);
  pass(3_600, 0.01);
  expect(node.returns).toEqual([15_000, 60_000]);
  timer.cancel();
});

test('a node that is never at rest gives memory back each ten minutes', () => {
  const { node, timer, pass } = started();
  for (let minute = 0; minute < 40; minute += 1) {
    pass(60, 0.05);
    node.bytes += 2 * MB;
  }
  expect(node.returns).toEqual([15_000, 620_000, 1_220_000, 1_820_000]);
  timer.cancel();
});

test('what a change needed is let go of when the work has ended, and its memory given back', () => {
  const { node, timer, pass } = started();
  pass(130, 0.01);
  node.isHolding = true;
  pass(20, 0.01);
  expect([node.isHolding, node.returns]).toEqual([false, [15_000, 140_000]]);
  timer.cancel();
});

import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';

function started() {
  const clock = new FakeClock();
  const startMs = clock.monotonic();
  const node = { isHolding: false, bytes: 140e6, processorMs: 700, returns: [] as number[] };
  const timer = returnMemoryNowAndThen({
    clock,
    letGo() {
      const wasHolding = node.isHolding;
      node.isHolding = false;
      return wasHolding;
    },
    processorMs: () => node.processorMs,
    residentBytes: () => node.bytes,
    returnMemory() {
      node.returns.push((clock.monotonic() - startMs) / 1_000);
      node.processorMs += 180; // to give back, and to compile again what is used
      node.bytes = 105e6;
    },
  });
  /** Its thread uses this share of a processor meanwhile. */
  const pass = (seconds: number, share: number) => {
    for (let second = 0; second < seconds; second += 1) {
      node.processorMs += share * 1_000;
      clock.advance(1_000);
    }
  };
  pass(10, 0.05); // the rest of its start
  return { clock, node, timer, pass };
}

test('memory is given back when the start is over, and at rest each ten minutes', () => {
  const { node, timer, pass } = started();
  pass(1_790, 0.006);
  expect(node.returns).toEqual([30, 630, 1_230]);
  timer.cancel();
});

test('memory is given back when work has ended, until the node ends', () => {
  const { clock, node, timer, pass } = started();
  pass(50, 0.006);
  pass(75, 0.05);
  expect(node.returns).toEqual([30]);
  pass(300, 0.006);
  expect(node.returns).toEqual([30, 150]);
  timer.cancel();
  node.processorMs += 5_000;
  clock.advance(3_600_000);
  expect(node.returns).toHaveLength(2);
});

test('a little work is not worth it, until it has come together', () => {
  const { node, timer, pass } = started();
  pass(35, 0.006);
  const change = () => {
    node.processorMs += 500;
    pass(45, 0.001);
  };
  change();
  expect(node.returns).toEqual([30]);
  change();
  expect(node.returns).toEqual([30, 120]);
  timer.cancel();
});

test('what little work has taken is given back, if it is much', () => {
  const { node, timer, pass } = started();
  pass(50, 0.006);
  node.bytes += 14e6;
  pass(60, 0.006);
  expect(node.returns).toEqual([30]);
  node.bytes += 30e6;
  pass(3_000, 0.006);
  expect(node.returns).toEqual([30, 135, 735, 1_335, 1_935, 2_535]);
  timer.cancel();
});

test('a node that is never at rest gives memory back each ten minutes', () => {
  const { node, timer, pass } = started();
  pass(2_390, 0.05);
  expect(node.returns).toEqual([600, 1_200, 1_800, 2_400]);
  timer.cancel();
});

test('what a change needed is let go of when the work has ended, and its memory given back', () => {
  const { node, timer, pass } = started();
  pass(50, 0.006);
  node.isHolding = true;
  pass(15, 0.05);
  expect([node.isHolding, node.returns]).toEqual([true, [30]]);
  pass(15, 0.006);
  expect([node.isHolding, node.returns]).toEqual([false, [30, 90]]);
  timer.cancel();
});

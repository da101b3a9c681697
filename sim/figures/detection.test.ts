import { expect, test } from 'bun:test';
import { Detection } from './detection.ts';

test('a crash is timed on each node that holds the member dead, and on all at the last', () => {
  const detection = new Detection({ size: 4, honest: () => [0, 1, 2] });
  detection.stopped(3, 'crashed', 1_000);
  detection.judged(0, 3, 'suspect', 2_000);
  detection.judged(0, 3, 'dead', 5_000);
  detection.judged(1, 3, 'dead', 6_000);
  expect([detection.onEach.count, detection.unfinished]).toEqual([2, 1]);
  detection.judged(2, 3, 'dead', 7_500);
  expect([detection.onAll.longestMs, detection.unfinished]).toEqual([6_500, 0]);
});

test('a member that took leave, or came back before all knew, is no crash to be confirmed', () => {
  const detection = new Detection({ size: 3, honest: () => [0, 1] });
  detection.stopped(2, 'left', 0);
  expect(detection.unfinished).toBe(0);
  detection.stopped(2, 'crashed', 10);
  detection.started(2);
  detection.judged(0, 2, 'dead', 5_000);
  expect([detection.onEach.count, detection.unfinished]).toEqual([0, 0]);
});

test('an observer that crashes itself is not waited for', () => {
  const detection = new Detection({ size: 3, honest: () => [0, 1] });
  detection.stopped(2, 'crashed', 0);
  detection.judged(0, 2, 'dead', 4_000);
  detection.stopped(1, 'left', 4_500);
  expect([detection.onAll.count, detection.unfinished]).toEqual([0, 0]);
});

import { expect, test } from 'bun:test';
import type { RecordHead } from '../../src/replication/index.ts';
import { Propagation } from './propagation.ts';

const head = (n: number): RecordHead => ({
  id: 'a/x/y',
  hash: '',
  sequence: { epoch: 1, boot: 1, n },
});

/** Three nodes. */
function stage() {
  const propagation = new Propagation({ size: 3, honest: () => [0, 1, 2] });
  const sees = (node: number, n: number, at: number) => propagation.took(node, head(n), at);
  return { propagation, sees };
}

test('a change is timed on each node, and on all when the last has seen it', () => {
  const { propagation, sees } = stage();
  propagation.said(0, head(1), 1_000);
  sees(1, 1, 1_040);
  expect([propagation.onEach.count, propagation.onAll.count, propagation.unfinished]).toEqual([
    1, 0, 1,
  ]);
  sees(2, 1, 1_300);
  expect([propagation.onEach.longestMs, propagation.onAll.longestMs]).toEqual([300, 300]);
  expect(propagation.unfinished).toBe(0);
});

test('whoever holds a later record has seen the earlier change too', () => {
  const { propagation, sees } = stage();
  propagation.said(0, head(1), 0);
  propagation.said(0, head(2), 10);
  for (const node of [1, 2]) sees(node, 2, 100);
  expect(propagation.onAll.count).toBe(2);
  expect(propagation.onAll.longestMs).toBe(100);
});

test('an older record, or one seen twice, counts for nothing', () => {
  const { propagation, sees } = stage();
  propagation.said(0, head(2), 0);
  sees(1, 1, 50);
  sees(1, 2, 60);
  sees(1, 2, 900);
  expect([propagation.onEach.count, propagation.onEach.longestMs]).toEqual([1, 60]);
});

test('whoever has gone is not waited for, and a change that it kept back counts as seen by no all', () => {
  const { propagation, sees } = stage();
  propagation.said(0, head(1), 0);
  sees(1, 1, 50);
  propagation.stopped(2);
  expect([propagation.unfinished, propagation.onAll.count]).toEqual([0, 0]);
});

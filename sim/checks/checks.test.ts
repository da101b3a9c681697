import { expect, test } from 'bun:test';
import type { NodeName } from '../../src/core/index.ts';
import type { RecordHead } from '../../src/replication/index.ts';
import type { HeldHead } from '../witness/index.ts';
import { Agreement } from './agreement.ts';
import { EvidenceEverywhere } from './evidence-everywhere.ts';
import { KeptEndpoints } from './kept-endpoints.ts';
import { LivingMembers } from './living-members.ts';
import { NothingLost } from './nothing-lost.ts';
import { TrueRecords } from './true-records.ts';
import { WithinBounds } from './within-bounds.ts';

const ID = 'n00001/endpoint/x';
const head = (n: number, hash = 'a'): RecordHead => ({
  id: ID,
  hash,
  sequence: { epoch: 1, boot: 1, n },
});
const held = (n: number, hash = 'a', expiresAt = 1_000): HeldHead => ({
  ...head(n, hash),
  content: { writer: 'n00001' as NodeName, expiresAt },
});

/** Nodes that hold one record at most. */
const holding = (holds: ReadonlyMap<number, RecordHead>, nodes: readonly number[]) => ({
  held: (node: number) => holds.get(node),
  digestOf: (node: number) => `${holds.get(node)?.sequence.n}`,
  reliable: () => nodes,
});

test('nodes that agree in time keep the promise; later, or never, they break it', () => {
  const digests = ['same', 'same', 'other'];
  const view = { reliable: () => [0, 1, 2], digestOf: (node: number) => digests[node] ?? '' };
  const check = new Agreement(view, 5_000);
  expect(check.look(1_000)).toBe(false);
  expect(check.breaches()).toEqual(['2 nodes (0, 1) hold same', '1 nodes (2) hold other']);
  digests[2] = 'same';
  expect(check.look(2_000)).toBe(true);
  expect([check.reachedMs, check.breaches()]).toEqual([2_000, []]);
  const late = new Agreement(view, 5_000);
  late.look(6_000);
  expect(late.breaches()).toEqual(['3 nodes (0, 1, 2) hold same']);
});

test('a record that its writer did not sign, that had ended, or that is older than before is a breach', () => {
  const check = new TrueRecords({
    signerOf: (hash) => (hash === 'forged' ? ('n00002' as NodeName) : ('n00001' as NodeName)),
    clockOf: () => 500,
  });
  const see = (next: HeldHead): void => check.took(0, next, 60_000);
  see(held(2));
  expect(check.breaches()).toEqual([]);
  see(held(3, 'forged'));
  see(held(4, 'a', 400));
  see(held(1));
  expect(check.breaches()).toEqual([
    `n00000 at 60.0 s: ${ID} was signed by n00002`,
    `n00000 at 60.0 s: ${ID} had ended 100 ms before`,
    `n00000 at 60.0 s: ${ID} is older than what stood there`,
  ]);
});

test('of two records under one sequence only the one with the larger hash may follow the other', () => {
  const check = new TrueRecords({
    signerOf: () => 'n00001' as NodeName,
    clockOf: () => 0,
  });
  check.took(0, held(1, 'a'), 0);
  check.took(0, held(1, 'b'), 0);
  expect(check.breaches()).toEqual([]);
  check.took(0, held(1, 'a'), 0);
  expect(check.breaches()).toHaveLength(1);
});

test('an acknowledged record that is gone after a restart, or missing somewhere in the end, is a breach', () => {
  const holds = new Map<number, RecordHead>([
    [0, head(2)],
    [1, head(2)],
  ]);
  const check = new NothingLost(holding(holds, [0, 1]));
  check.said(1, head(2));
  check.started(1);
  expect(check.breaches()).toEqual([]);
  holds.set(1, head(1));
  check.started(1);
  holds.delete(0);
  expect(check.breaches()).toEqual([
    `n00001 holds 1.1.1 of ${ID} after it started again, and 1.1.2 was acknowledged`,
    `n00000 holds nothing of ${ID} in the end, and 1.1.2 was acknowledged`,
    `n00001 holds 1.1.1 of ${ID} in the end, and 1.1.2 was acknowledged`,
  ]);
});

test('of nodes that hold the same one is named', () => {
  const holds = new Map([1, 2, 3].map((node) => [node, head(node === 3 ? 2 : 1)]));
  const check = new NothingLost(holding(holds, [1, 2, 3]));
  check.said(3, head(2));
  expect(check.breaches()).toEqual([
    `n00001 holds 1.1.1 of ${ID} in the end, and 1.1.2 was acknowledged`,
  ]);
});

test('what only a disk held that lied about it cannot be asked for again; what others hold can', () => {
  const holds = new Map([[1, head(2)]]);
  const check = new NothingLost(holding(holds, [0, 1]));
  check.said(1, head(2));
  check.stopped(1, 'crashed-with-loss');
  holds.delete(1);
  check.started(1);
  expect(check.breaches()).toEqual([]);
  check.said(1, head(3));
  holds.set(0, head(3));
  check.stopped(1, 'crashed-with-loss');
  check.started(1);
  expect(check.breaches()).toEqual([
    `n00001 holds nothing of ${ID} in the end, and 1.1.3 was acknowledged`,
  ]);
});

test('a running member that is held dead is a breach, one that is suspected is none', () => {
  const verdicts = new Map([['0 1', 'suspect' as const]]);
  const view = {
    reliable: () => [0, 1],
    verdictOf: (node: number, subject: number) => verdicts.get(`${node} ${subject}`) ?? 'alive',
  };
  expect(new LivingMembers(view).breaches()).toEqual([]);
  const wrong = new LivingMembers({ ...view, verdictOf: () => 'dead' });
  expect(wrong.breaches()).toEqual(['n00000 holds n00001 dead', 'n00001 holds n00000 dead']);
});

test('an equivocator that some node has no evidence against is a breach', () => {
  const check = new EvidenceEverywhere({
    honest: () => [0, 1],
    equivocators: () => [7],
    knows: (node) => node === 0,
  });
  expect(check.breaches()).toEqual(['n00001 has no evidence against n00007']);
});

test('a healthy member that a healthy node holds dead or gone is a breach; at liars, or cut off, it is none', () => {
  const view = {
    condition: (node: number) => (node === 7 ? ('liar' as const) : ('healthy' as const)),
    couldReach: (_a: number, b: number) => b !== 3,
  };
  const check = new KeptEndpoints(view);
  check.judged(7, 1, 'dead', 0);
  check.judged(0, 3, 'dead', 0);
  check.judged(0, 1, 'suspect', 0);
  expect(check.breaches()).toEqual([]);
  check.judged(0, 1, 'left', 1_500);
  expect(check.breaches()).toEqual(['n00000 held n00001 left at 1.5 s']);
});

test('whatever is above its bound is a breach', () => {
  const loads = [
    { what: 'traffic', value: 900, bound: 1_000, unit: 'bytes a second' },
    { what: 'records', value: 11, bound: 10, unit: 'records' },
  ];
  expect(new WithinBounds(() => loads).breaches()).toEqual(['records: 11 records; at most 10']);
});

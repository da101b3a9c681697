import { expect, test } from 'bun:test';
import type { NodeName, SpiffeId } from '../core/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { IssuanceLimits, NODE_ISSUANCE, WORKLOAD_ISSUANCE } from './issuance-limits.ts';

// labels, by inspection
const [n1, n2] = ['n1' as NodeName, 'n2' as NodeName];
const idOf = (n: number) => `spiffe://shop.example/ns/default/sa/w${n}` as SpiffeId;

function start() {
  const clock = new FakeClock(0);
  return { clock, limits: new IssuanceLimits(clock) };
}

/** How many of so many requests are let pass. */
const passed = (count: number, ask: (n: number) => number): number =>
  Array.from({ length: count }, (_, n) => ask(n)).filter((waitMs) => waitMs === 0).length;

test('one node gets its burst, then its rate, and is told when to ask again', () => {
  const { clock, limits } = start();
  expect(passed(3_000, () => limits.ofNode(n1))).toBe(NODE_ISSUANCE.most);
  expect(limits.ofNode(n1)).toBe(1_000 / NODE_ISSUANCE.perSecond);
  clock.advance(1_000);
  expect(passed(3_000, () => limits.ofNode(n1))).toBe(NODE_ISSUANCE.perSecond);
});

test('what one node has used up is missing to no other', () => {
  const { limits } = start();
  passed(5_000, () => limits.ofNode(n1));
  passed(5_000, () => limits.ofWorkload(n1, idOf(0)));
  expect(limits.ofNode(n2)).toBe(0);
  expect(limits.ofWorkload(n2, idOf(0))).toBe(0);
});

test('what one workload of a node has used up is missing to no other of it', () => {
  const { clock, limits } = start();
  expect(passed(1_000, () => limits.ofWorkload(n1, idOf(0)))).toBe(WORKLOAD_ISSUANCE.most);
  expect(limits.ofWorkload(n1, idOf(0))).toBe(1_000 / WORKLOAD_ISSUANCE.perSecond);
  expect(limits.ofWorkload(n1, idOf(1))).toBe(0);
  clock.advance(1_000);
  expect(passed(1_000, () => limits.ofWorkload(n1, idOf(0)))).toBe(WORKLOAD_ISSUANCE.perSecond);
});

test('a host with 400 workloads that live by 10 seconds never meets them', () => {
  const { clock, limits } = start();
  const waits = new Set<number>();
  for (let second = 0; second < 120; second += 1) {
    // At half their life: each fifth of them in each second, eight to an identity.
    for (let n = second % 5; n < 400; n += 5) {
      waits.add(limits.ofNode(n1)).add(limits.ofWorkload(n1, idOf(Math.floor(n / 8))));
    }
    clock.advance(1_000);
  }
  expect([...waits]).toEqual([0]);
});

test('the use of ever more workloads is not remembered without end', () => {
  const { limits } = start();
  for (let n = 0; n < 2_000; n += 1) passed(500, () => limits.ofWorkload(n1, idOf(n)));
  expect(limits.ofWorkload(n1, idOf(1_999))).toBeGreaterThan(0);
  expect(limits.ofWorkload(n1, idOf(0))).toBe(0); // forgotten
});

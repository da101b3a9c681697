import { heapStats } from 'bun:jsc';
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { DatagramCounters, WINDOW } from './datagram-counters.ts';

test('each number is taken once, in whatever order it comes, unless it comes far too late', () => {
  const arrival = fc.tuple(
    fc.nat(3),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 99 }),
  );
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 300 }), (arrivals) => {
      const counters = new DatagramCounters();
      const latest = new Map<number, { boot: number; highest: number; taken: Set<number> }>();
      for (const [from, boot, counter] of arrivals) {
        const known = latest.get(from) ?? { boot: 0, highest: 0, taken: new Set() };
        const isNewBoot = boot > known.boot;
        const expected =
          isNewBoot ||
          (boot === known.boot && counter > known.highest - WINDOW && !known.taken.has(counter));
        expect(counters.isFresh(from, boot, counter)).toBe(expected);
        if (!expected) continue;
        counters.take(from, boot, counter);
        latest.set(from, {
          boot,
          highest: isNewBoot ? counter : Math.max(known.highest, counter),
          taken: new Set(isNewBoot ? [counter] : [...known.taken, counter]),
        });
      }
    }),
    { seed: 20261120, numRuns: 300 },
  );
});

test('what came is remembered however far the next one is ahead', () => {
  for (let ahead = 1; ahead <= WINDOW + 8; ahead++) {
    const counters = new DatagramCounters();
    for (const counter of [100, 100 + ahead]) counters.take(0, 1, counter);
    expect(counters.isFresh(0, 1, 100)).toBe(false);
    expect(counters.isFresh(0, 1, 99)).toBe(ahead < WINDOW - 1);
  }
});

test('the greatest numbers that fit are numbers like all others', () => {
  const counters = new DatagramCounters();
  const most = 2 ** 32 - 1;
  for (const counter of [most - 1, most, 1]) {
    expect(counters.isFresh(5, most, counter)).toBe(counter > 1);
    if (counter > 1) counters.take(5, most, counter);
  }
  expect(counters.isFresh(5, most, most)).toBe(false);
  expect(counters.isFresh(5, most, most - 2)).toBe(true);
});

test('those to each member are counted apart, and places grow as members come', () => {
  const counters = new DatagramCounters();
  expect([counters.next(0), counters.next(0), counters.next(9_999), counters.next(0)]).toEqual([
    1, 2, 1, 3,
  ]);
  counters.forget(0);
  expect(counters.next(0)).toBe(1);
  expect(counters.next(9_999)).toBe(2);
});

test('whoever came is found, however many came and went before', () => {
  const deed = fc.tuple(fc.nat(60), fc.constantFrom('next', 'forget', 'move'), fc.nat(60));
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 400 }), (deeds) => {
      const counters = new DatagramCounters();
      const sent = new Map<number, number>();
      for (const [member, what, other] of deeds) {
        const before = sent.get(member);
        if (what === 'next') {
          sent.set(member, (before ?? 0) + 1);
          expect(counters.next(member)).toBe((before ?? 0) + 1);
          continue;
        }
        sent.delete(member);
        if (what === 'forget') counters.forget(member);
        else if (member !== other) {
          counters.move(member, other);
          sent.delete(other);
          if (before !== undefined) sent.set(other, before);
        } else sent.set(member, before ?? 0);
      }
      for (const [member, count] of sent) expect(counters.next(member)).toBe(count + 1);
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

test('of members with whom nothing was exchanged nothing is kept', () => {
  const counters = new DatagramCounters();
  const before = heapStats().extraMemorySize;
  for (let member = 0; member < 100; member++) counters.take(1_000_000 * member, 1, 1);
  expect(counters.isFresh(99_000_000, 1, 1)).toBe(false);
  expect(heapStats().extraMemorySize - before).toBeLessThan(20_000);
});

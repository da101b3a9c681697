import { heapStats } from 'bun:jsc';
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Correspondents, WINDOW } from './correspondents.ts';

test('each number is taken once, in whatever order it comes, unless it comes far too late', () => {
  const arrival = fc.tuple(
    fc.nat(3),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 99 }),
  );
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 300 }), (arrivals) => {
      const correspondents = new Correspondents();
      const latest = new Map<number, { boot: number; highest: number; taken: Set<number> }>();
      for (const [from, boot, counter] of arrivals) {
        const known = latest.get(from) ?? { boot: 0, highest: 0, taken: new Set() };
        const isNewBoot = boot > known.boot;
        const expected =
          isNewBoot ||
          (boot === known.boot && counter > known.highest - WINDOW && !known.taken.has(counter));
        expect(correspondents.isFresh(from, boot, counter)).toBe(expected);
        if (!expected) continue;
        correspondents.take(from, boot, counter);
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
    const correspondents = new Correspondents();
    for (const counter of [100, 100 + ahead]) correspondents.take(0, 1, counter);
    expect(correspondents.isFresh(0, 1, 100)).toBe(false);
    expect(correspondents.isFresh(0, 1, 99)).toBe(ahead < WINDOW - 1);
  }
});

test('the greatest numbers that fit are numbers like all others', () => {
  const correspondents = new Correspondents();
  const most = 2 ** 32 - 1;
  for (const counter of [most - 1, most, 1]) {
    expect(correspondents.isFresh(5, most, counter)).toBe(counter > 1);
    if (counter > 1) correspondents.take(5, most, counter);
  }
  expect(correspondents.isFresh(5, most, most)).toBe(false);
  expect(correspondents.isFresh(5, most, most - 2)).toBe(true);
});

test('those to each member are counted apart, and places grow as members come', () => {
  const correspondents = new Correspondents();
  expect([
    correspondents.next(0),
    correspondents.next(0),
    correspondents.next(9_999),
    correspondents.next(0),
  ]).toEqual([1, 2, 1, 3]);
  correspondents.forget(0);
  expect(correspondents.next(0)).toBe(1);
  expect(correspondents.next(9_999)).toBe(2);
});

test('whoever came is found, however many came and went before', () => {
  const deed = fc.tuple(fc.nat(60), fc.constantFrom('next', 'forget', 'move'), fc.nat(60));
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 400 }), (deeds) => {
      const correspondents = new Correspondents();
      const sent = new Map<number, number>();
      for (const [member, what, other] of deeds) {
        const before = sent.get(member);
        if (what === 'next') {
          sent.set(member, (before ?? 0) + 1);
          expect(correspondents.next(member)).toBe((before ?? 0) + 1);
          continue;
        }
        sent.delete(member);
        if (what === 'forget') correspondents.forget(member);
        else if (member !== other) {
          correspondents.move(member, other);
          sent.delete(other);
          if (before !== undefined) sent.set(other, before);
        } else sent.set(member, before ?? 0);
      }
      for (const [member, count] of sent) expect(correspondents.next(member)).toBe(count + 1);
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

test('of members with whom nothing was exchanged nothing is kept', () => {
  const correspondents = new Correspondents();
  const before = heapStats().extraMemorySize;
  for (let member = 0; member < 100; member++) correspondents.take(1_000_000 * member, 1, 1);
  expect(correspondents.isFresh(99_000_000, 1, 1)).toBe(false);
  expect(heapStats().extraMemorySize - before).toBeLessThan(20_000);
});

test('whose place is proven is known, whoever stands beside it, comes, goes or moves', () => {
  const correspondents = new Correspondents();
  const proven = [0, 31, 32, 5_000];
  for (const each of proven) correspondents.prove(each);
  for (let member = 0; member < 1_000; member++) correspondents.next(member);
  for (let member = 100; member < 1_000; member++) correspondents.forget(member);
  correspondents.forget(32);
  correspondents.move(31, 33);
  const all = Array.from({ length: 10_000 }, (_, i) => i);
  expect(all.filter((each) => correspondents.isProven(each))).toEqual([0, 5_000]);
  expect([correspondents.next(0), correspondents.next(33), correspondents.next(31)]).toEqual([
    2, 2, 1,
  ]);
});

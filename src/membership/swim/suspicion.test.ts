import { expect, test } from 'bun:test';
import { ACCUSERS_KEPT } from './limits.ts';
import type { Accusation } from './message.ts';
import { Suspicion } from './suspicion.ts';

const SPAN = { minMs: 1_000, maxMs: 6_000 };
const by = (accuser: number, incarnation = 1): Accusation => ({
  about: 'accusation',
  accuser,
  subject: 9,
  incarnation,
  signature: new Uint8Array(0),
});
function suspicionOf(accusers: number, failedRounds: number): Suspicion {
  const suspicion = new Suspicion(0, 0);
  for (let accuser = 0; accuser < accusers; accuser++) suspicion.add(by(accuser), 0, 0);
  for (let round = 0; round < failedRounds; round++) suspicion.roundFailed(0);
  return suspicion;
}
/** When it becomes conclusive, to 10 ms. */
function endOf(suspicion: Suspicion): number {
  for (let now = 0; now <= 10_000; now += 10) if (suspicion.isConclusive(now, SPAN)) return now;
  return Number.POSITIVE_INFINITY;
}

test('the more accusers, the shorter it lasts; too few count for nothing', () => {
  expect([3, 4, 5].map((accusers) => endOf(suspicionOf(accusers, 1)))).toEqual([
    2_040, 1_000, 1_000,
  ]);
  expect([0, 1, 2].map((accusers) => endOf(suspicionOf(accusers, 1)))).toEqual([
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
  expect([0, 1, 2].map((accusers) => endOf(suspicionOf(accusers, 3)))).toEqual([
    6_000, 6_000, 6_000,
  ]);
});

test('however many accuse, without own probes that failed nothing is concluded', () => {
  expect(endOf(suspicionOf(5, 0))).toBe(Number.POSITIVE_INFINITY);
  expect(suspicionOf(5, 0).wantsCheck(0)).toBe(true);
});

test('whoever answered is not accused again by the same, and begins anew when others accuse it', () => {
  const suspicion = suspicionOf(3, 1);
  suspicion.answered();
  expect(endOf(suspicion)).toBe(Number.POSITIVE_INFINITY);
  expect(suspicion.isNews(by(0))).toBe(false);
  expect(suspicion.isNews(by(3))).toBe(true);
  suspicion.add(by(3), 4_000, 4_500);
  expect([suspicion.wantsCheck(4_400), suspicion.wantsCheck(4_500)]).toEqual([false, true]);
  suspicion.roundFailed(5_000);
  expect(suspicion.accusations).toHaveLength(1);
  expect(suspicion.isConclusive(4_000 + SPAN.maxMs, SPAN)).toBe(false);
});

test('one failure long after it answered is a new beginning, not an end', () => {
  const suspicion = suspicionOf(5, 1);
  suspicion.answered();
  suspicion.roundFailed(5_900);
  expect(suspicion.isConclusive(5_900, SPAN)).toBe(false);
  expect(suspicion.isOver(11_000, SPAN)).toBe(false);
});

test('so many accusers are kept and no more, and the oldest incarnation is shown', () => {
  const suspicion = suspicionOf(ACCUSERS_KEPT - 1, 0);
  suspicion.add(by(77, 0), 0, 0);
  expect(suspicion.isNews(by(99))).toBe(false);
  expect(suspicion.oldest?.accuser).toBe(77);
  suspicion.forget(77);
  expect(suspicion.accusations).toHaveLength(ACCUSERS_KEPT - 1);
});

test('time in which this process did not run does not count', () => {
  const suspicion = suspicionOf(4, 1);
  suspicion.postpone(5_000);
  expect(endOf(suspicion)).toBe(6_000);
});

test('its own word at an incarnation voids what was said of earlier ones, and own rounds before it', () => {
  const suspicion = new Suspicion(0, 0);
  for (const [accuser, incarnation] of [1, 4, 5, 6].entries()) {
    suspicion.add(by(accuser, incarnation), 0, 0);
  }
  suspicion.roundFailed(0);
  expect(suspicion.outlive(4)).toBe(true);
  expect(suspicion.accusations).toHaveLength(3);
  expect(endOf(suspicion)).toBe(Number.POSITIVE_INFINITY);
  suspicion.roundFailed(0);
  expect(endOf(suspicion)).toBe(2_040);
  expect(suspicion.outlive(7)).toBe(false);
});

import { expect, test } from 'bun:test';
import {
  OWN_SPREAD_MS,
  SHOWINGS_AT_ONCE,
  SHOWINGS_PERIOD_MS,
  SPREAD_MS,
  SPREAD_PEERS,
} from './limits.ts';
import { Showings } from './showings.ts';
import { SyncMesh } from './testing/mesh.ts';

test('what was learned is shown often at once, and then seldom', () => {
  const showings = new Showings();
  const all = (now: number) => {
    let count = 0;
    showings.learned();
    for (; showings.take(now); count++) showings.learned();
    return count;
  };
  expect(all(0)).toBe(SHOWINGS_AT_ONCE);
  expect(all(SHOWINGS_PERIOD_MS)).toBe(1);
  expect(all(1_000 * SHOWINGS_PERIOD_MS)).toBe(SHOWINGS_AT_ONCE);
});

test('what was learned is shown to a few, at once; what this node says itself as often as it says it, and later', () => {
  const showings = new Showings();
  const shown = () => {
    let count = 0;
    while (showings.take(0)) count++;
    return count;
  };
  showings.learned();
  expect(showings.paceMs).toBe(SPREAD_MS);
  expect(shown()).toBe(SPREAD_PEERS);
  expect(showings.paceMs).toBeUndefined();
  for (let n = 0; n <= SHOWINGS_AT_ONCE; n++) {
    showings.said();
    expect(showings.paceMs).toBe(OWN_SPREAD_MS);
    expect(shown()).toBe(SPREAD_PEERS);
  }
});

test('what a peer that was shown it knew already is shown to no more', () => {
  const showings = new Showings();
  showings.said();
  showings.wasKnown();
  expect(showings.paceMs).toBeUndefined();
  showings.learned();
  showings.wasKnown();
  expect(showings.paceMs).toBe(SPREAD_MS);
});

test('a liar that tells one member old news each second does not keep all others comparing', async () => {
  const mesh = new SyncMesh();
  const [liar, ...honest] = Array.from({ length: 14 }, (_, n) => mesh.start(`m${n}`));
  if (liar === undefined) throw new Error('there are fourteen');
  for (const [i, one] of honest.entries()) await one.meet(liar, ...honest.slice(i + 1));
  mesh.network.loses = () => true;
  const lieFor = async (seconds: number) => {
    const asked = () => honest.reduce((sum, one) => sum + one.asked.questions, 0);
    const before = asked();
    for (let n = 0; n < seconds; n++) {
      const issuedAt = mesh.clock.now() - 60_000;
      const { boot } = liar.records;
      const sequence = { epoch: 1, boot: boot + 1, n };
      liar.records.accept(liar.member.forge({ key: 'news', value: n, sequence, issuedAt }), 'x');
      await mesh.pass(1_000);
    }
    return (asked() - before) / seconds / honest.length;
  };
  await lieFor(40);
  const questions = await lieFor(20);
  expect(questions).toBeLessThan(2);
});

import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Shares } from './shares.ts';

const PLACES = 4_096;

/** How many of a kind a holder gets who takes all that there are. */
function fill(shares: Shares<number>, holder: number): number {
  let got = 0;
  while (shares.take(holder)) got += 1;
  return got;
}

describe('holders who share places', () => {
  test('get half of what the others left, one after the other, so that two of them starve nobody', () => {
    const shares = new Shares<number>(PLACES);
    expect([1, 2, 3, 4].map((holder) => fill(shares, holder))).toEqual([2_048, 1_024, 512, 256]);
    expect(fill(shares, 1)).toBe(0);
  });

  test('have again what was given back', () => {
    const shares = new Shares<number>(PLACES);
    for (const holder of [1, 2]) fill(shares, holder);
    for (let n = 0; n < 2_048; n += 1) shares.giveBack(1);
    expect(shares.taken).toBe(1_024);
    expect(fill(shares, 3)).toBe(1_536);
  });

  test('never hold more than there is, whoever takes and gives back in whatever order', () => {
    const step = fc.record({
      holder: fc.integer({ min: 1, max: 20 }),
      takes: fc.integer({ min: 0, max: 40 }),
    });
    const check = (steps: readonly { holder: number; takes: number }[]) => {
      const shares = new Shares<number>(64);
      const held = new Map<number, number>();
      for (const { holder, takes } of steps) {
        for (let n = 0; n < takes; n += 1) {
          if (shares.take(holder)) held.set(holder, (held.get(holder) ?? 0) + 1);
        }
        if (takes > 0 || !held.get(holder)) continue;
        shares.giveBack(holder);
        held.set(holder, (held.get(holder) ?? 0) - 1);
      }
      const all = [...held.values()].reduce((sum, one) => sum + one, 0);
      expect(shares.taken).toBe(all);
      expect(all).toBeLessThanOrEqual(64);
      expect(Math.max(0, ...held.values())).toBeLessThanOrEqual(32);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { seed: 41 });
  });
});

import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { seededRandom } from '../ports/testing/index.ts';
import { renewAt, retryAfterMs } from './renewal.ts';

const at = (fraction: number) => ({ ...seededRandom(1), fraction: () => fraction });

describe('a renewal', () => {
  test('comes at half of the life, ten percent earlier or later', () => {
    const life = { from: 1_000, notAfter: 21_000 };
    expect(renewAt(life, at(0.5))).toBe(11_000);
    expect(renewAt(life, at(0))).toBe(10_000);
    expect(renewAt(life, at(1))).toBe(12_000);
  });

  test('is due at once when the life is over', () => {
    expect(renewAt({ from: 5_000, notAfter: 4_000 }, at(0))).toBe(5_000);
  });

  test('that fails is tried again, later each time, and often enough before the end', () => {
    const random = seededRandom(61);
    const ranges = fc.record({
      failures: fc.integer({ min: 1, max: 10_000 }),
      lifeLeftMs: fc.integer({ min: -1_000, max: 86_400_000 }),
    });
    fc.assert(
      fc.property(ranges, ({ failures, lifeLeftMs }) => {
        const waitMs = retryAfterMs(failures, lifeLeftMs, random);
        expect(waitMs).toBeGreaterThanOrEqual(250);
        const mostMs = lifeLeftMs <= 0 ? 5_000 : Math.max(500, lifeLeftMs / 10);
        expect(waitMs).toBeLessThanOrEqual(Math.min(30_000, mostMs));
      }),
      { seed: 62 },
    );
    expect([1, 2, 3, 4].map((failures) => retryAfterMs(failures, 86_400_000, at(0)))).toEqual([
      250, 500, 1_000, 2_000,
    ]);
    expect([1, 3, 5, 100].map((failures) => retryAfterMs(failures, 0, at(0)))).toEqual([
      250, 1_000, 2_500, 2_500,
    ]);
  });
});

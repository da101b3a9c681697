import { describe, expect, test } from 'bun:test';
import { FakeClock, seededRandom } from '../../ports/testing/index.ts';
import { RENEW_SPREAD_MS, WARM_DIALS, WARM_RETRY_MAX_MS, WARM_SPREAD_MS } from '../limits.ts';
import { startRuntime } from '../testing/runtime.ts';
import { Warmth } from './warmth.ts';

function start(seed = 1) {
  const clock = new FakeClock();
  const runtime = { ...startRuntime(clock), random: seededRandom(seed) };
  let opened = 0;
  const warmth = new Warmth(runtime, () => {
    opened += 1;
  });
  return { clock, runtime, warmth, opened: () => opened };
}

describe('a connection that is opened ahead of need', () => {
  test('comes at a moment of chance, so that a thousand do not come at once', () => {
    const moments = Array.from({ length: 1_000 }, (_, seed) => {
      const { clock, warmth, opened } = start(seed);
      warmth.within(RENEW_SPREAD_MS);
      let elapsedMs = 0;
      while (opened() === 0) {
        clock.advance(100);
        elapsedMs += 100;
      }
      return elapsedMs;
    });
    expect(Math.max(...moments)).toBeLessThanOrEqual(RENEW_SPREAD_MS + 100);
    const busiest = Math.max(...moments.map((at) => moments.filter((ms) => ms === at).length));
    expect(busiest).toBeLessThan(30);
  });

  test('waits while many are being opened', () => {
    const { clock, runtime, warmth, opened } = start();
    runtime.census.dialling = WARM_DIALS;
    warmth.within(WARM_SPREAD_MS);
    clock.advance(10_000);
    expect(opened()).toBe(0);
    runtime.census.dialling = WARM_DIALS - 1;
    clock.advance(WARM_SPREAD_MS + 200);
    expect(opened()).toBe(1);
  });

  test('is asked for in vain where the last one failed, until its time has come', () => {
    const { clock, warmth, opened } = start();
    warmth.within(WARM_SPREAD_MS);
    for (let failures = 1; failures <= 10; failures++) {
      clock.advance(1.2 * WARM_RETRY_MAX_MS + 200);
      expect(opened()).toBe(failures);
      warmth.failed();
      warmth.within(WARM_SPREAD_MS);
      clock.advance(WARM_SPREAD_MS + 200);
      expect(opened()).toBe(failures);
    }
    clock.advance(1.2 * WARM_RETRY_MAX_MS);
    warmth.ready();
    warmth.within(WARM_SPREAD_MS);
    clock.advance(WARM_SPREAD_MS + 200);
    expect(opened()).toBe(12);
  });

  test('is not asked for by a failure that it had no part in', () => {
    const { clock, warmth, opened } = start();
    warmth.failed();
    clock.advance(60_000);
    expect(warmth.isRising).toBe(false);
    expect(opened()).toBe(0);
  });

  test('never comes once its server is gone', () => {
    const { clock, warmth, opened } = start();
    warmth.within(WARM_SPREAD_MS);
    warmth.end();
    warmth.within(WARM_SPREAD_MS);
    clock.advance(60_000);
    expect(opened()).toBe(0);
  });
});

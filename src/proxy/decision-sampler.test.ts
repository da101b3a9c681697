import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { garbageIn } from '../../bench/garbage.ts';
import type { ServiceKey, SpiffeId } from '../core/index.ts';
import type { DecisionRequest, SampledDecision } from '../policy/index.ts';
import { FakeClock, seededRandom } from '../ports/testing/index.ts';
import { DecisionSampler, DecisionTap } from './decision-sampler.ts';
import { SAMPLE_CHARS, SAMPLES_PER_PERIOD } from './limits.ts';

const START = Date.UTC(2030, 0, 1);

const call = (path: string, timeMs: number): DecisionRequest => ({
  principal: 'spiffe://shop.example/ns/default/sa/client' as SpiffeId, // one, by inspection
  resource: 'default/web' as ServiceKey, // one, by inspection
  sourceIp: '127.0.0.1',
  action: 'http',
  method: 'GET',
  path,
  host: 'web',
  timeMs,
});

function start() {
  const clock = new FakeClock(START);
  const batches: (readonly SampledDecision[])[] = [];
  const sampler = new DecisionSampler(clock, seededRandom(7), (batch) => batches.push(batch));
  const handed = () => batches.flat();
  const weight = () => handed().reduce((sum, each) => sum + each.weight, 0);
  return { clock, sampler, batches, handed, weight };
}

test('few calls are all handed over, one by one and once a second', () => {
  const { clock, sampler, batches } = start();
  const tap = new DecisionTap(sampler);
  for (let second = 0; second < 3; second += 1) {
    for (const path of ['/a', '/b', '/c']) tap.decided(call(path, clock.now()));
    clock.advance(1_000);
  }
  clock.advance(60_000);
  expect(batches.map((batch) => batch.map(({ weight }) => weight))).toEqual([
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
  ]);
});

test('whatever the rates, samples are few, and stand for all calls but the last few of each connection', () => {
  const rates = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 5, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(rates, { minLength: 1, maxLength: 3 }), (connections) => {
      const { clock, sampler, batches, weight } = start();
      const taps = connections.map(() => new DecisionTap(sampler));
      let calls = 0;
      for (let second = 0; second < 12; second += 1) {
        for (const [index, tap] of taps.entries()) {
          const count = connections[index]?.[second] ?? 0;
          calls += count;
          for (let n = 0; n < count; n += 1) tap.decided(call('/', clock.now()));
        }
        clock.advance(1_000);
      }
      // One more call each, in a second of its own, brings what was passed over.
      for (const tap of taps) {
        tap.decided(call('/last', clock.now()));
        clock.advance(1_000);
      }
      expect(weight()).toBe(calls + taps.length);
      for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(SAMPLES_PER_PERIOD);
    }),
    { numRuns: 20, seed: 46 },
  );
});

test('kinds of calls that come in turns are seen each by its share', () => {
  const { clock, sampler, handed } = start();
  const tap = new DecisionTap(sampler);
  for (let second = 0; second < 60; second += 1) {
    for (let n = 0; n < 1_000; n += 1) tap.decided(call(n % 2 === 0 ? '/a' : '/b', clock.now()));
    clock.advance(1_000);
  }
  const share = handed()
    .filter(({ request }) => request.action === 'http' && request.path === '/a')
    .reduce((sum, { weight }) => sum + weight, 0);
  expect(share / 60_000).toBeGreaterThan(0.4);
  expect(share / 60_000).toBeLessThan(0.6);
});

test('a caller that never stops does not keep the ring from another one for longer than a second', () => {
  const { clock, sampler, handed } = start();
  const [loud, quiet] = [new DecisionTap(sampler), new DecisionTap(sampler)];
  for (let second = 0; second < 3; second += 1) {
    for (let n = 0; n < 50_000; n += 1) loud.decided(call('/loud', clock.now()));
    quiet.decided(call('/quiet', clock.now()));
    clock.advance(1_000);
  }
  const paths = handed().map(({ request }) => (request.action === 'http' ? request.path : ''));
  expect(paths.filter((path) => path === '/quiet')).toHaveLength(3);
});

test('a wall clock that is set back stops no sampling', () => {
  const { clock, sampler, weight } = start();
  const tap = new DecisionTap(sampler);
  for (let n = 0; n < 10_000; n += 1) tap.decided(call('/', START));
  clock.advance(1_000);
  tap.decided(call('/', START - 3_600_000));
  clock.advance(1_000);
  expect(weight()).toBe(10_001);
});

test('what is too long is passed over, and claims of a user stay behind', () => {
  const { clock, sampler, handed } = start();
  const tap = new DecisionTap(sampler);
  tap.decided(call(`/${'x'.repeat(SAMPLE_CHARS)}`, clock.now()));
  const user = { issuer: 'idp', subject: 'ann', groups: ['staff'], claims: { email: 'ann@home' } };
  for (let n = 0; n < 4; n += 1) tap.decided({ ...call('/short', clock.now()), user });
  clock.advance(1_000);
  expect(JSON.stringify(handed())).not.toContain('ann@home');
  expect(handed()[0]?.request.user).toEqual({ ...user, claims: {} });
  expect(JSON.stringify(handed())).not.toContain('xxx');
});

test('after its end nothing is handed over', () => {
  const { clock, sampler, batches } = start();
  new DecisionTap(sampler).decided(call('/', clock.now()));
  sampler.stop();
  clock.advance(5_000);
  expect(batches).toEqual([]);
});

test('two million decisions that are counted and sampled need no garbage collection', async () => {
  const { bytes } = await garbageIn('sampling-child.ts', ['2000000']);
  expect(bytes).toBe(0);
}, 60_000);

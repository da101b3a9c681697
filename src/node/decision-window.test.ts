import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey, SpiffeId } from '../core/index.ts';
import type { Expression } from '../policy/decision-program.ts';
import type { DecisionProgram, SampledDecision } from '../policy/index.ts';
import { FakeClock, recordingMeter } from '../ports/testing/index.ts';
import type { PolicyProgram } from '../snapshot/index.ts';
import { DecisionWindow, WINDOW_MS } from './decision-window.ts';
import { MAX_DECISIONS, MAX_PAIRS_PER_WORKLOAD } from './window-slice.ts';

const idOf = (account: string) => `spiffe://shop.example/ns/shop/sa/${account}` as SpiffeId;
const WEB = idOf('web');

type Request = Extract<SampledDecision['request'], { action: 'http' }>;

const call = (path: string, changes: Partial<Request> = {}, weight = 1): SampledDecision => ({
  weight,
  request: {
    principal: idOf('frontend'),
    resource: 'shop/web' as ServiceKey, // one, by inspection
    sourceIp: '10.0.0.1',
    action: 'http',
    method: 'GET',
    path,
    host: 'web',
    ...changes,
  },
});

const context = { op: 'variable', name: 'context' } as const;
const headers = { op: 'attribute', of: context, name: 'headers' } as const;
const readsTenant: Expression = { op: 'has', of: headers, names: ['x-tenant'] };
const readsStaff: Expression = {
  op: 'binary',
  operator: 'in',
  left: { op: 'attribute', of: context, name: 'user' },
  right: { op: 'entity', type: 'Group', id: 'idp|staff' },
};

const programOf = (digest: string, ...conditions: readonly Expression[]): PolicyProgram => ({
  digest,
  program: {
    version: 1,
    context: [],
    headers: ['x-tenant', 'x-other'],
    actions: [],
    policies: conditions.map((condition, n): DecisionProgram['policies'][number] => ({
      id: `p${n}`,
      effect: 'permit',
      principal: { kind: 'any' },
      action: { kind: 'any' },
      resource: { kind: 'any' },
      condition,
    })),
  },
});

function start(program: PolicyProgram | undefined = undefined) {
  const clock = new FakeClock();
  const host = { program };
  const meter = recordingMeter();
  const window = new DecisionWindow(clock, meter, () => host.program);
  const weight = () => window.view().samples.reduce((sum, each) => sum + each.weight, 0);
  return { clock, host, meter, window, weight };
}

const pathOf = ({ request }: SampledDecision) => (request.action === 'connect' ? '' : request.path);

describe('a window of decisions', () => {
  test('counts equal ones together, and tells for how long', () => {
    const { clock, meter, window } = start();
    window.add(WEB, [call('/a', { timeMs: 1 }, 3), call('/b')]);
    clock.advance(10_000);
    window.add(WEB, [call('/a', { timeMs: 2 }, 4)]);
    expect(window.view()).toEqual({
      samples: [call('/b'), call('/a', { timeMs: 2 }, 7)],
      windowMs: 10_000,
    });
    expect(meter.value('selvage_remembered_calls_total')).toBe(8);
  });

  test('forgets everything, the names of users too, after 15 minutes', () => {
    const { clock, window } = start();
    const user = { issuer: 'idp', subject: 'ann', groups: [], claims: {} };
    window.add(WEB, [call('/old', { user })]);
    clock.advance(WINDOW_MS / 2);
    window.add(WEB, [call('/new')]);
    clock.advance(WINDOW_MS / 2 - 1);
    expect(JSON.stringify(window.view())).toContain('ann');
    clock.advance(1);
    expect(JSON.stringify(window.view())).not.toContain('ann');
    expect(window.view().samples.map(pathOf)).toEqual(['/new']);
    clock.advance(WINDOW_MS);
    expect(window.view().samples).toEqual([]);
  });

  test('never tells of a longer span than 15 minutes', () => {
    const { clock, window } = start();
    for (let minute = 0; minute < 100; minute += 1) {
      window.add(WEB, [call('/')]);
      clock.advance(60_000);
      expect(window.view().windowMs).toBeLessThanOrEqual(WINDOW_MS);
    }
  });

  test('holds no header and no group that the policies in force do not read, and no claims', () => {
    const { window } = start(programOf('first', readsTenant, readsStaff));
    const user = {
      issuer: 'idp',
      subject: 'ann',
      groups: ['staff', 'union'],
      claims: { email: 'ann@home' },
    };
    window.add(WEB, [call('/', { headers: { 'x-tenant': 'blue', 'x-other': 'green' }, user })]);
    expect(window.view().samples).toEqual([
      call('/', {
        headers: { 'x-tenant': 'blue' },
        user: { issuer: 'idp', subject: 'ann', groups: ['staff'], claims: {} },
      }),
    ]);
  });

  test('begins anew when policies come into force that read more, and not when they read less', () => {
    const { clock, host, window } = start(programOf('first', readsTenant));
    window.add(WEB, [call('/')]);
    clock.advance(5_000);
    host.program = programOf('less');
    expect(window.view()).toMatchObject({ samples: [call('/')], windowMs: 5_000 });
    host.program = programOf('more', readsStaff);
    expect(window.view()).toEqual({ samples: [], windowMs: 1 });
  });
});

describe('a full window', () => {
  test('counts all calls between two, though it holds not all their paths', () => {
    const calls = fc.array(
      fc.record({ from: fc.integer({ min: 0, max: 3 }), path: fc.nat(4_000), weight: fc.nat(9) }),
      { minLength: 1_000, maxLength: 6_000 },
    );
    fc.assert(
      fc.property(calls, (made) => {
        const { window } = start();
        const sums = new Map<string, number>();
        for (const { from, path, weight } of made) {
          const principal = idOf(`app-${from}`);
          window.add(WEB, [call(`/${path}`, { principal }, weight + 1)]);
          sums.set(principal, (sums.get(principal) ?? 0) + weight + 1);
        }
        const { samples } = window.view();
        expect(samples.length).toBeLessThanOrEqual(MAX_DECISIONS);
        const held = new Map<string, number>();
        for (const { request, weight } of samples) {
          held.set(request.principal, (held.get(request.principal) ?? 0) + weight);
        }
        expect(held).toEqual(sums);
      }),
      { numRuns: 10, seed: 46, endOnFailure: true },
    );
  });

  test('leaves a caller that calls seldom its place beside one that calls without end', () => {
    const { window } = start();
    const rare = { principal: idOf('rare') };
    window.add(WEB, [call('/report', rare)]);
    for (let n = 0; n < 10_000; n += 1) window.add(WEB, [call(`/${n}`)]);
    window.add(WEB, [call('/other', rare)]);
    const paths = window.view().samples.filter(({ request }) => request.principal === idOf('rare'));
    expect(paths.map(pathOf)).toEqual(['/report', '/other']);
  });

  test('takes no more callers of one workload than leave room for the others', () => {
    const { window } = start();
    for (let n = 0; n < 5_000; n += 1) {
      window.add(idOf('liar'), [call('/', { principal: idOf(`made-up-${n}`) })]);
    }
    expect(window.view().samples).toHaveLength(MAX_PAIRS_PER_WORKLOAD);
    window.add(WEB, [call('/')]);
    expect(window.view().samples).toHaveLength(MAX_PAIRS_PER_WORKLOAD + 1);
  });

  test('never holds more, whoever tells what', () => {
    const { window } = start();
    for (let n = 0; n < 20_000; n += 1) {
      const principal = idOf(`app-${n % 700}`);
      window.add(idOf(`web-${n % 9}`), [call(`/${n}`, { principal })]);
    }
    expect(window.view().samples).toHaveLength(MAX_DECISIONS);
  });
});

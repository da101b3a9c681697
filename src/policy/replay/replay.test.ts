import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey, ServiceProtocol, SpiffeId, TrustDomain } from '../../core/index.ts';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import { realClock } from '../../platform/real-time.ts';
import type { Clock } from '../../ports/index.ts';
import { loadCedar } from '../cedar-on-demand.ts';
import { compilePolicies } from '../compile-policies.ts';
import type { DecisionRequest, HttpMethod } from '../decision.ts';
import type { DecisionProgram } from '../decision-program.ts';
import { MAX_TURNED, type Replay, replay } from './replay.ts';
import type { ReplayRules } from './replay-side.ts';
import type { SampledDecision } from './sampled-decision.ts';

const MINUTE_MS = 60_000;
const idOf = (name: string) => `spiffe://shop.example/ns/shop/sa/${name}` as SpiffeId;
const PAYMENTS = 'shop/payments' as ServiceKey; // one, by inspection

function compiled(text: string, headers: readonly string[] = []): DecisionProgram {
  const policies = [{ name: 'p', text }];
  const result = compilePolicies({ cedar: loadCedar(cedarWasm()), policies, headers });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.program;
}

const rules = (text: string, changes: Partial<ReplayRules> = {}): ReplayRules => ({
  trustDomain: 'shop.example' as TrustDomain, // one, by inspection
  program: compiled(text),
  services: new Map<ServiceKey, ServiceProtocol>([[PAYMENTS, 'http']]),
  callers: new Set([idOf('frontend'), idOf('report')]),
  ...changes,
});

const call = (
  from: string,
  path: string,
  weight = 1,
  changes: Partial<Extract<DecisionRequest, { action: 'http' }>> = {},
): SampledDecision => ({
  weight,
  request: {
    principal: idOf(from),
    resource: PAYMENTS,
    sourceIp: '10.0.0.1',
    action: 'http',
    method: 'GET',
    path,
    host: 'payments',
    ...changes,
  },
});

async function replayed(
  samples: readonly SampledDecision[],
  before: ReplayRules,
  after: ReplayRules,
  { windowMs = MINUTE_MS, clock = realClock }: { windowMs?: number; clock?: Clock } = {},
): Promise<Replay> {
  const result = await replay({ samples, windowMs }, before, after, clock);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const NOBODY = { calls: [], more: 0 };
const ALL = 'permit(principal, action, resource);';
const FRONTEND_ONLY = 'permit(principal == Service::"shop/frontend", action, resource);';

describe('a replay', () => {
  test('says which calls that are allowed now would be denied, and how many a minute', async () => {
    const samples = [
      call('frontend', '/pay', 90),
      call('report', '/a', 20),
      call('report', '/b', 8),
    ];
    const windowMs = 2 * MINUTE_MS;
    expect(await replayed(samples, rules(ALL), rules(FRONTEND_ONLY), { windowMs })).toEqual({
      newlyDenied: {
        calls: [
          {
            principal: idOf('report'),
            resource: PAYMENTS,
            action: 'http:GET',
            perMinute: 14,
            reason: 'policy',
          },
        ],
        more: 0,
      },
      newlyAllowed: NOBODY,
      samples: 3,
      windowMs,
      errors: [],
      unseen: [],
    });
  });

  test('says which calls that are denied now would be allowed', async () => {
    const samples = [call('frontend', '/pay', 90), call('report', '/a', 3)];
    const { newlyAllowed, newlyDenied } = await replayed(samples, rules(FRONTEND_ONLY), rules(ALL));
    expect(newlyDenied).toEqual(NOBODY);
    expect(newlyAllowed.calls).toMatchObject([{ principal: idOf('report'), perMinute: 3 }]);
  });

  test('asks both rules, whatever was decided when: what changes nothing is not told', async () => {
    const samples = [call('frontend', '/pay'), call('report', '/a')];
    const { newlyAllowed, newlyDenied } = await replayed(samples, rules(ALL), rules(ALL));
    expect([newlyAllowed, newlyDenied]).toEqual([NOBODY, NOBODY]);
  });

  test('tells what goes with a service, a caller’s identity, or what the service speaks', async () => {
    const samples = [call('frontend', '/pay'), call('report', '/a', 2)];
    const reasonsUnder = async (changes: Partial<ReplayRules>) => {
      const { newlyDenied } = await replayed(samples, rules(ALL), rules(ALL, changes));
      return newlyDenied.calls.map(({ principal, reason }) => [principal, reason]);
    };
    expect(await reasonsUnder({ services: new Map() })).toEqual([
      [idOf('report'), 'service-gone'],
      [idOf('frontend'), 'service-gone'],
    ]);
    expect(await reasonsUnder({ callers: new Set([idOf('frontend')]) })).toEqual([
      [idOf('report'), 'caller-gone'],
    ]);
    const services = new Map<ServiceKey, ServiceProtocol>([[PAYMENTS, 'tcp']]);
    expect(await reasonsUnder({ services })).toEqual([
      [idOf('report'), 'protocol'],
      [idOf('frontend'), 'protocol'],
    ]);
    expect(await reasonsUnder({ services: new Map([[PAYMENTS, 'auto'] as const]) })).toEqual([]);
  });

  test('decides each sample at its own time, for its own user and by its own headers', async () => {
    const night =
      'forbid(principal, action, resource) when { context.time.toTime() < duration("6h") };';
    const ann = { issuer: 'idp', subject: 'ann', groups: ['staff'], claims: {} };
    const samples = [
      call('frontend', '/night', 1, { timeMs: Date.UTC(2030, 0, 1, 3) }),
      call('frontend', '/day', 2, { timeMs: Date.UTC(2030, 0, 1, 12) }),
    ];
    const atNight = await replayed(samples, rules(ALL), rules(ALL + night));
    expect(atNight.newlyDenied.calls).toMatchObject([{ perMinute: 1 }]);
    const staff =
      'permit(principal, action, resource) when { context has user && context.user in Group::"idp|staff" };';
    const people = [
      call('frontend', '/', 4, { user: ann }),
      call('frontend', '/', 5, { user: { ...ann, subject: 'bob', groups: [] } }),
    ];
    const { newlyDenied, unseen } = await replayed(people, rules(ALL), rules(staff));
    expect(newlyDenied.calls).toMatchObject([{ perMinute: 5 }]);
    expect(unseen).toEqual(['group idp|staff']);
  });

  test('gives policies no header that the settings do not name, as a sidecar does not', async () => {
    const reads =
      'permit(principal, action in Action::"http", resource) when { context.headers has "x-flag" };';
    const flagged = { headers: { 'x-flag': 'on' } };
    const named = rules(ALL, { program: compiled(ALL, ['x-flag']) });
    const samples = [call('frontend', '/', 1, flagged)];
    // The settings cease to name it: the call goes on, without it.
    expect((await replayed(samples, named, rules(ALL))).newlyDenied).toEqual(NOBODY);
    const asked = rules(ALL, { program: compiled(reads, ['x-flag']) });
    const { newlyDenied, unseen } = await replayed(samples, rules(ALL), asked);
    expect([newlyDenied, unseen]).toEqual([NOBODY, ['header x-flag']]);
  });

  test('tells of claims that they are not remembered, and of policies that fail', async () => {
    const claims =
      'forbid(principal, action, resource) when { context has user && context.user.hasTag("x") };';
    const overflow =
      'forbid(principal, action, resource) when { context.risk + 9223372036854775807 > 0 };';
    const samples = [call('frontend', '/', 1, { risk: 1 })];
    const { unseen, errors } = await replayed(samples, rules(ALL), rules(ALL + claims + overflow));
    expect(unseen).toEqual(['claims of users']);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('left the range of 64 bits');
  });

  test('names the most frequent and counts the rest', async () => {
    const names = Array.from({ length: 3 * MAX_TURNED }, (_, n) => `app-${n}`);
    const samples = names.map((name, n) => call(name, '/', n + 1));
    const { newlyDenied } = await replayed(samples, rules(ALL), rules(FRONTEND_ONLY));
    expect(newlyDenied.more).toBe(2 * MAX_TURNED);
    expect(newlyDenied.calls[0]).toMatchObject({ perMinute: 3 * MAX_TURNED });
    expect(newlyDenied.calls).toHaveLength(MAX_TURNED);
  });

  test('gives way to others every two milliseconds', async () => {
    const samples = Array.from({ length: 1_000 }, (_, n) => call('frontend', `/${n}`));
    let [elapsedMs, pauses] = [0, 0];
    /** Each look at it takes a tenth of a millisecond. */
    const clock: Clock = {
      ...realClock,
      monotonic: () => {
        elapsedMs += 0.1;
        return elapsedMs;
      },
      after: (delayMs, run) => {
        pauses += 1;
        return realClock.after(delayMs, run);
      },
    };
    await replayed(samples, rules(ALL), rules(FRONTEND_ONLY), { clock });
    expect(pauses).toBeGreaterThan(45);
    expect(pauses).toBeLessThan(55);
  });

  test('a program of another version is refused in words', async () => {
    const odd = { ...compiled(ALL), version: 99 };
    const result = await replay(
      { samples: [], windowMs: 1 },
      rules(ALL),
      rules(ALL, { program: odd }),
      realClock,
    );
    expect(result).toMatchObject({ ok: false, error: expect.stringContaining('version 99') });
  });
});

interface Asked {
  readonly method: HttpMethod;
  readonly path: string;
}
/** One of {@link EVERY_RULE}. */
interface Rule extends Asked {
  readonly effect: 'permit' | 'forbid';
}

const METHODS: readonly HttpMethod[] = ['GET', 'POST', 'DELETE'];
const PATHS = ['/a', '/b', '/c'];
const EVERY_RULE: readonly Rule[] = METHODS.flatMap((method) =>
  PATHS.flatMap((path) =>
    (['permit', 'forbid'] as const).map((effect) => ({ method, path, effect })),
  ),
);
const nameOf = ({ method, path, effect }: Rule) => `${effect}:${method}${path}`;

/** Does a set of rules let this through? By Cedar's words: some permit, and no forbid. */
function lets(set: readonly Rule[], { method, path }: Asked): boolean {
  const about = set.filter((rule) => rule.method === method && rule.path === path);
  return about.length > 0 && about.every(({ effect }) => effect === 'permit');
}

test('a replay counts as if each call were looked at by itself', async () => {
  const every = compiled(
    EVERY_RULE.map(
      (rule) =>
        `@id("${nameOf(rule)}") ${rule.effect}(principal, action == Action::"http:${rule.method}", resource) when { context.path == "${rule.path}" };`,
    ).join('\n'),
  );
  const rulesOf = (set: readonly Rule[]) => {
    const names = new Set(set.map(nameOf));
    const policies = every.policies.filter(({ id }) => names.has(id));
    return rules(ALL, { program: { ...every, policies } });
  };
  const sets = fc.subarray([...EVERY_RULE]);
  const asked = fc.record({
    method: fc.constantFrom(...METHODS),
    path: fc.constantFrom(...PATHS),
    weight: fc.integer({ min: 1, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(sets, sets, fc.array(asked, { maxLength: 40 }), async (one, other, calls) => {
      const samples = calls.map(({ weight, method, path }) =>
        call('frontend', path, weight, { method }),
      );
      const told = await replayed(samples, rulesOf(one), rulesOf(other));
      for (const method of METHODS) {
        const sum = (turned: (each: Asked) => boolean) =>
          calls
            .filter((each) => each.method === method && turned(each))
            .reduce((total, { weight }) => total + weight, 0);
        const rate = ({ calls: list }: Replay['newlyDenied']) =>
          list.find(({ action }) => action === `http:${method}`)?.perMinute ?? 0;
        const denied = sum((each) => lets(one, each) && !lets(other, each));
        expect([rate(told.newlyDenied), rate(told.newlyAllowed)]).toEqual([
          denied,
          sum((each) => !lets(one, each) && lets(other, each)),
        ]);
      }
    }),
    { numRuns: 50, seed: 46 },
  );
});

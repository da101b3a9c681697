import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { explain, permitFor } from './explain.ts';
import { createEngine } from './index.ts';
import { cedar, connect, engineOf, get, trustDomain, workload } from './testing/requests.ts';

test('a denial names the forbid and its place', () => {
  const engine = engineOf(
    'permit(principal, action, resource);\nforbid(principal, action, resource);',
  );
  expect(explain(engine, get())).toEqual({
    allowed: false,
    deciding: [{ id: 'p#2', effect: 'forbid', mode: 'enforce', file: 'p.cedar', line: 2 }],
    audit: [],
    near: [],
    errors: [],
    hint: "a forbid outranks every permit: narrow or remove 'p#2' (p.cedar:2)",
  });
});

test('the policy that a denial suggests permits that request and no neighbour of it', () => {
  const nothing = engineOf('');
  const property = fc.property(fc.string({ maxLength: 12 }), (tail) => {
    const path = `/${tail}`;
    const text = permitFor(nothing, get({ path })) ?? '';
    const engine = engineOf(text);
    return (
      engine.decide(get({ path })).allowed &&
      !engine.decide(get({ path: `${path}x` })).allowed &&
      !engine.decide(get({ path, method: 'POST' })).allowed
    );
  });
  fc.assert(property, { seed: 11, numRuns: 60, examples: [['"\\*'], ["'?#\té"]] });
  expect(explain(nothing, connect()).hint).toContain('action == Action::"connect"');
});

test('a denial names the permits that are about the call, and that their conditions do not hold', () => {
  const engine = engineOf(`
@id("office-hours") permit(principal == Service::"shop/frontend", action, resource) when { context.risk < 5 };
@id("of-another") permit(principal == Service::"shop/other", action, resource);
@id("tried") @mode("audit") permit(principal, action, resource);`);
  const { near, audit, hint } = explain(engine, get({ risk: 50 }));
  expect(near.map(({ id }) => id)).toEqual(['office-hours']);
  expect(audit.map(({ id }) => id)).toEqual(['tried']);
  expect(hint).toStartWith(
    "the conditions of 'office-hours' (p.cedar:2) do not hold, and no policy permits it; this one would:\npermit (",
  );
  expect(explain(engine, get({ risk: 4 })).near).toEqual([]);
  expect(explain(engine, get({ principal: workload('third') })).near).toEqual([]);
});

test('a request that no policy may judge gets no policy proposed', () => {
  const { near, errors, hint } = explain(
    engineOf('permit(principal, action, resource) when { context.time > datetime("2026-01-01") };'),
    connect(),
  );
  expect(near).toEqual([]);
  expect(errors).toEqual(['the request has no time, which a policy reads']);
  expect(hint).toBe('no policy may judge this request: ask again with what is missing or wrong');
});

test('a deciding policy is named with the version that brought it', () => {
  const policies = [{ name: 'p', text: '\npermit(principal, action, resource);', since: '7' }];
  const engine = createEngine({ cedar, trustDomain, policies });
  expect(engine.ok && explain(engine.value, get()).deciding).toEqual([
    { id: 'p#1', effect: 'permit', mode: 'enforce', file: 'p.cedar', line: 2, since: '7' },
  ]);
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey, SpiffeId } from '../core/index.ts';
import type { Cedar } from './cedar.ts';
import type { DecisionRequest, HttpMethod } from './decision.ts';
import { createEngine, decisionKey } from './engine.ts';
import { HTTP_METHODS } from './index.ts';
import { cedar, connect, engineOf, get, trustDomain, workload } from './testing/requests.ts';

test('nothing is permitted unless a policy says so', () => {
  expect(engineOf('').decide(get())).toEqual({
    allowed: false,
    policies: [],
    errors: [],
    audit: [],
  });
});

test('a permit allows what it names, and a forbid outranks it', () => {
  const engine = engineOf(`
    @id("read") permit(principal == Service::"shop/frontend", action in Action::"http", resource in Namespace::"shop");
    @id("no-admin") forbid(principal, action in Action::"http", resource) when { context.path like "/admin*" };`);
  expect(engine.decide(get())).toEqual({
    allowed: true,
    policies: ['read'],
    errors: [],
    audit: [],
  });
  expect(engine.decide(get({ path: '/admin/x' })).policies).toEqual(['no-admin']);
  expect(engine.decide(get({ principal: workload('other') })).allowed).toBe(false);
  expect(engine.decide(get({ resource: 'other/catalog' as ServiceKey })).allowed).toBe(false);
  expect(engine.decide(connect()).allowed).toBe(false);
});

test('every method has its action', () => {
  const known: Record<HttpMethod, number> = {
    GET: 0,
    HEAD: 1,
    POST: 2,
    PUT: 3,
    PATCH: 4,
    DELETE: 5,
    OPTIONS: 6,
    TRACE: 7,
    CONNECT: 8,
    OTHER: 9,
  };
  expect(HTTP_METHODS.map((method) => known[method])).toEqual(Object.values(known));
  for (const method of HTTP_METHODS) {
    const engine = engineOf(`permit(principal, action == Action::"http:${method}", resource);`);
    const allowed = HTTP_METHODS.filter((asked) => engine.decide(get({ method: asked })).allowed);
    expect(allowed).toEqual([method]);
  }
});

test('a node is a principal of its own type', () => {
  const engine = engineOf('permit(principal == Node::"n1", action, resource);');
  const node = 'spiffe://shop.example/node/n1' as SpiffeId;
  expect(engine.decide(get({ principal: node })).allowed).toBe(true);
  expect(engine.decide(get()).allowed).toBe(false);
});

test('a caller of another trust domain, or of an unknown kind, is denied whatever the policies say', () => {
  const engine = engineOf('permit(principal, action, resource);');
  for (const principal of [
    'spiffe://evil.example/ns/shop/sa/frontend',
    'spiffe://shop.example/ns/shop/sa/frontend/x',
    'spiffe://shop.example/node/UPPER',
    'spiffe://shop.example',
  ]) {
    const decision = engine.decide(get({ principal: principal as SpiffeId }));
    expect(decision.allowed).toBe(false);
    expect(decision.errors).toEqual([expect.stringContaining(principal)]);
  }
});

test('source addresses are compared as addresses, mapped and zoned ones included', () => {
  const engine = engineOf(
    'permit(principal, action, resource) when { context.sourceIp.isInRange(ip("10.0.0.0/8")) || context.sourceIp == ip("fe80::1") };',
  );
  for (const ip of ['10.1.2.3', '::ffff:10.1.2.3', 'fe80::1%eth0']) {
    expect([ip, engine.decide(connect(ip)).allowed]).toEqual([ip, true]);
  }
  expect(engine.decide(connect('11.0.0.1')).allowed).toBe(false);
  expect(engine.decide(connect('nonsense'))).toEqual({
    allowed: false,
    policies: [],
    errors: [expect.stringContaining('invalid IP address: nonsense')],
    audit: [],
  });
});

test('a bad policy refuses the whole set: leaving a forbid out would permit', () => {
  const policies = [
    { name: 'a', text: 'permit(principal, action, resource);' },
    { name: 'b', text: 'forbid(principal, action, resource) when { context.nope };' },
  ];
  expect(createEngine({ cedar, trustDomain, policies }).ok).toBe(false);
});

test('an engine that throws denies, says so, and is asked again', () => {
  let fail = true;
  const flaky: Cedar = {
    ...cedar,
    authorize: (...call) => {
      if (fail) throw new Error('unreachable executed');
      return cedar.authorize(...call);
    },
  };
  const engine = engineOf('permit(principal, action, resource);', flaky);
  expect(engine.decide(get())).toEqual({
    allowed: false,
    policies: [],
    errors: ['the policy engine failed: unreachable executed'],
    audit: [],
  });
  fail = false;
  expect(engine.decide(get()).allowed).toBe(true);
});

test('a decision is asked for once, and what a client fills with long text is never kept', () => {
  let asked = 0;
  const counting: Cedar = {
    ...cedar,
    authorize: (...call) => {
      asked += 1;
      return cedar.authorize(...call);
    },
  };
  const engine = engineOf('permit(principal, action, resource);', counting);
  for (let i = 0; i < 3; i += 1) engine.decide(get());
  expect(asked).toBe(1);
  for (let i = 0; i < 3; i += 1) engine.decide(get({ path: `/${'x'.repeat(600)}` }));
  expect(asked).toBe(4);
});

test('more engines than the library keeps parsed answer each by its own policies', () => {
  const engines = Array.from({ length: 7 }, (_, i) =>
    engineOf(`permit(principal, action, resource) when { principal.name == "w${i}" };`),
  );
  for (const round of [0, 1]) {
    const answers = engines.map((engine, i) =>
      engines.map(
        (_, j) =>
          engine.decide(get({ principal: workload(`w${j}`), path: `/${round}/${i}` })).allowed,
      ),
    );
    expect(answers).toEqual(engines.map((_, i) => engines.map((_, j) => i === j)));
  }
});

const anyText = fc.string({ unit: fc.constantFrom('a', ' ', '1', '/', '\n', ':'), maxLength: 6 });
const anyRequest: fc.Arbitrary<DecisionRequest> = fc.oneof(
  anyText.map((sourceIp) => connect(sourceIp)),
  fc.record({
    principal: fc.constantFrom(workload('a'), workload('b')),
    resource: fc.constantFrom('a/a', 'a/b').map((key) => key as ServiceKey),
    sourceIp: anyText,
    action: fc.constant('http' as const),
    method: fc.constantFrom<HttpMethod>('GET', 'POST'),
    path: anyText,
    host: anyText,
  }),
);

test('two requests share a decision only if they are equal', () => {
  const property = fc.property(anyRequest, anyRequest, (one, other) => {
    const equal = Bun.deepEquals(one, other);
    return (decisionKey(one) === decisionKey(other)) === equal;
  });
  const examples: [DecisionRequest, DecisionRequest][] = [
    [get({ host: 'a', path: 'bc' }), get({ host: 'ab', path: 'c' })],
    [connect('10.0.0.1 GET 1 a/'), get({ sourceIp: '10.0.0.1', host: 'a', path: '/' })],
  ];
  fc.assert(property, { seed: 7, numRuns: 5_000, examples });
});

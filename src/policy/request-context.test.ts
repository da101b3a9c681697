import { expect, test } from 'bun:test';
import type { Cedar } from './cedar.ts';
import type { DecisionRequest, PolicyUser } from './decision.ts';
import { MAX_CLAIMS, MAX_GROUPS, MAX_TEXT_CHARACTERS } from './request-problem.ts';
import { CONTEXT_ATTRIBUTES, policySchema } from './schema.ts';
import { cedar, connect, engineOf, get } from './testing/requests.ts';

const permitWhen = (condition: string): string =>
  `permit(principal, action in Action::"http", resource) when { ${condition} };`;
const allowedWhen = (condition: string, request: DecisionRequest, headers?: readonly string[]) =>
  engineOf(permitWhen(condition), cedar, headers).decide(request).allowed;

const ada: PolicyUser = {
  issuer: 'https://login.example',
  subject: 'ada|1',
  groups: ['staff', 'https://x|y'],
  claims: { department: 'books' },
};
const NOON_MS = Date.UTC(2026, 10, 20, 12);

test('policies read port, time, risk, locality and TLS facts', () => {
  const request = get({
    port: 8080,
    timeMs: NOON_MS,
    risk: 40,
    locality: 'eu/1',
    tls: { version: 'TLSv1.3', resumed: false },
  });
  for (const condition of [
    'context has port && context.port == 8080',
    'context.time.toTime() == duration("12h") && context.time > datetime("2026-11-20")',
    'context.risk <= 40',
    'context has locality && context.locality like "eu/*"',
    'context has tls && context.tls.version == "TLSv1.3" && !context.tls.resumed',
  ]) {
    expect([condition, allowedWhen(condition, request)]).toEqual([condition, true]);
    expect([condition, allowedWhen(`!(${condition})`, request)]).toEqual([condition, false]);
  }
  expect(allowedWhen('context.risk == 0 && !(context has tls) && !(context has user)', get())).toBe(
    true,
  );
});

test('a service and a user can be required in one policy', () => {
  const text = `permit(principal == Service::"shop/frontend", action, resource) when {
    context has user && context.user in Group::"https://login.example|staff" &&
    context.user.subject == "ada|1" && context.user.hasTag("department") && context.user.getTag("department") == "books" };`;
  const engine = engineOf(text);
  expect(engine.decide(get({ user: ada })).allowed).toBe(true);
  expect(engine.decide(connect('10.1.2.3', { user: ada })).allowed).toBe(true);
  expect(engine.decide(get()).allowed).toBe(false);
  expect(engine.decide(get({ user: { ...ada, groups: [] } })).allowed).toBe(false);
  expect(engine.decide(get({ user: { ...ada, claims: {} } })).allowed).toBe(false);
});

test('a group and a user are those of their issuer alone', () => {
  const group = 'context has user && context.user in Group::"https://login.example|staff"';
  const name = 'context has user && context.user == User::"https://login.example|ada|1"';
  for (const condition of [group, name]) {
    expect(allowedWhen(condition, get({ user: ada }))).toBe(true);
    expect(allowedWhen(condition, get({ user: { ...ada, issuer: 'https://evil.example' } }))).toBe(
      false,
    );
  }
  const twoFaced = { ...ada, issuer: 'https://login.example|ada', subject: '1' };
  expect(engineOf(permitWhen('true')).decide(get({ user: twoFaced }))).toMatchObject({
    allowed: false,
    errors: ["'https://login.example|ada' is no issuer of users"],
  });
});

test('a header that the settings name is read, and a missing one is no text', () => {
  const condition = 'context.headers has "x-tenant" && context.headers["x-tenant"] == "a"';
  const names = ['x-tenant'];
  expect(allowedWhen(condition, get({ headers: { 'x-tenant': 'a' } }), names)).toBe(true);
  expect(allowedWhen(condition, get({ headers: { 'x-tenant': 'b' } }), names)).toBe(false);
  expect(allowedWhen(condition, get(), names)).toBe(false);
});

test('a part of another type, out of its range or oversized is never permitted, whatever is cached', () => {
  const long = 'x'.repeat(MAX_TEXT_CHARACTERS + 1);
  const many = Array.from({ length: MAX_GROUPS + 1 }, (_, index) => `g${index}`);
  const claims = Object.fromEntries(many.slice(0, MAX_CLAIMS + 1).map((name) => [name, '']));
  const engine = engineOf('permit(principal, action, resource);', cedar, ['x-tenant']);
  expect(engine.decide(get()).allowed).toBe(true);
  const bad: Partial<DecisionRequest & { action: 'http' }>[] = [
    { risk: Number.NaN },
    { risk: 101 },
    { risk: -1 },
    { risk: 0.5 },
    { risk: '7' as unknown as number }, // what a caller without types could do
    { port: 65_536 },
    { timeMs: Number.POSITIVE_INFINITY },
    { timeMs: Date.UTC(9999, 11, 31, 24) },
    { locality: long },
    { tls: { version: long, resumed: false } },
    { user: { ...ada, groups: many } },
    { user: { ...ada, claims } },
    { user: { ...ada, subject: long } },
    { user: { ...ada, claims: { a: long } } },
    { user: { ...ada, issuer: '' } },
    { headers: { 'x-tenant': long } },
    { headers: { 'x-other': 'a' } },
    { headers: { constructor: 'a' } },
    { path: `/${long}` },
    { host: long },
  ];
  for (const over of bad) {
    const { allowed, errors } = engine.decide(get(over));
    expect([Object.keys(over), allowed, errors.length]).toEqual([Object.keys(over), false, 1]);
  }
});

test('a number that is none is told as such, and not left to the engine', () => {
  const engine = engineOf('permit(principal, action, resource);');
  for (const over of [{ risk: Number.NaN }, { risk: 0.5 }, { port: 1.5 }, { timeMs: -1 }]) {
    const [error] = engine.decide(get(over)).errors;
    expect(error).toContain('and not a whole number from 0 to');
  }
});

test('a request without a part that a forbid reads is denied, and one that nothing reads is not missed', () => {
  const forbid = `permit(principal, action, resource);
    forbid(principal, action, resource) when { context.time < datetime("1980-01-01") };`;
  const engine = engineOf(forbid);
  expect(engine.decide(get())).toMatchObject({
    allowed: false,
    errors: ['the request has no time, which a policy reads'],
  });
  expect(engine.decide(get({ timeMs: NOON_MS })).allowed).toBe(true);
  expect(engineOf(permitWhen('context.risk == 0')).decide(get()).allowed).toBe(true);
});

test('a policy that takes the context as one value reads all of it', () => {
  const engine = engineOf(permitWhen('[context].contains(context)'));
  expect(engine.decide(get()).errors).toEqual(['the request has no time, which a policy reads']);
});

test('an hour that ended, a risk that rose and a user who left are never decided from memory', () => {
  const engine = engineOf(
    permitWhen(
      'context.time < datetime("2026-11-20T12:00:01Z") && context.risk < 50 && context has user',
    ),
  );
  const request = { user: ada, timeMs: NOON_MS, risk: 0 };
  expect(engine.decide(get(request)).allowed).toBe(true);
  expect(engine.decide(get({ ...request, timeMs: NOON_MS + 1_000 })).allowed).toBe(false);
  expect(engine.decide(get({ ...request, risk: 50 })).allowed).toBe(false);
  expect(engine.decide(get({ timeMs: NOON_MS })).allowed).toBe(false);
  const cached = engineOf(permitWhen('context.risk < 50'));
  expect(cached.decide(get({ risk: 49 })).allowed).toBe(true);
  expect(cached.decide(get({ risk: 51 })).allowed).toBe(false);
});

test('entities that form a circle permit nothing', () => {
  const group = (id: string, parent: string) => ({
    uid: { type: 'Namespace', id },
    attrs: {},
    parents: [{ type: 'Namespace', id: parent }],
  });
  const circular: Cedar = {
    ...cedar,
    authorize: (policies, question, schema) =>
      cedar.authorize(
        policies,
        { ...question, entities: [group('a', 'b'), group('b', 'a')] },
        schema,
      ),
  };
  const engine = engineOf('permit(principal, action, resource);', circular);
  expect(engine.decide(get())).toMatchObject({ allowed: false, policies: [] });
});

test('the list of the context’s attributes is that of the schema', () => {
  expect([...cedar.schemaFacts().context].sort()).toEqual([...CONTEXT_ATTRIBUTES].sort());
});

test('equal headers make one schema, in whatever order', () => {
  expect(policySchema(['b', 'a', 'b'])).toBe(policySchema(['a', 'b']));
  expect(policySchema(['a'])).not.toBe(policySchema(['b']));
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey, SpiffeId, TrustDomain } from '../../core/index.ts';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import { loadCedar } from '../cedar-on-demand.ts';
import { compilePolicies } from '../compile-policies.ts';
import type { Decision, DecisionRequest } from '../decision.ts';
import type { DecisionProgram } from '../decision-program.ts';
import { createEngine } from '../engine.ts';
import { HTTP_METHODS } from '../schema.ts';
import { linkAtOnce } from '../testing/link-at-once.ts';
import { get } from '../testing/requests.ts';
import { MeshEngine } from './mesh-engine.ts';

const cedar = loadCedar(cedarWasm());
const trustDomain = 'shop.example' as TrustDomain;
const policyHeaders = ['x-tenant', 'x-trace'];

function programOf(text: string): DecisionProgram {
  const compiled = compilePolicies({
    cedar,
    headers: policyHeaders,
    policies: [{ name: 'p', text }],
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return JSON.parse(JSON.stringify(compiled.value.program));
}

function engineOf(text: string): MeshEngine {
  const linked = linkAtOnce(programOf(text));
  if (!linked.ok) throw new Error(linked.error);
  return new MeshEngine(linked.value, trustDomain);
}

function officialOf(text: string) {
  const policies = [{ name: 'p', text }];
  const engine = createEngine({ cedar, trustDomain, headers: policyHeaders, policies });
  if (!engine.ok) throw new Error(JSON.stringify(engine.error));
  return engine.value;
}

/** Policies on everything that the schema has, each of which some request meets and some does not. */
const POLICIES = `
permit(principal == Service::"shop/frontend", action, resource in Namespace::"shop");
permit(principal in Namespace::"ops", action == Action::"connect", resource);
permit(principal is Node, action in [Action::"http:GET", Action::"http:HEAD"], resource == Service::"shop/catalog");
forbid(principal, action in Action::"http", resource) when { context.path like "/admin*" } unless { context has user };
permit(principal, action in Action::"http", resource) when { context.headers has "x-tenant" && context.headers["x-tenant"] == "blue" };
permit(principal, action in Action::"http", resource) when { context.headers has "x-trace" && context.host like "*.example" };
permit(principal, action in Action::"http", resource) when { context.method == "PUT" || context.path == "/a/b" };
permit(principal, action, resource) when { context.sourceIp.isInRange(ip("10.0.0.0/8")) && context has port && context.port < 1024 };
permit(principal, action, resource) when { context.sourceIp == ip("fe80::1") };
forbid(principal, action, resource) when { context.risk > 80 };
forbid(principal, action, resource) when { context.time.toTime() < duration("8h") };
permit(principal, action, resource) when { context.time.toDate() == datetime("2026-11-20") };
permit(principal, action, resource) when { context has locality && context.locality like "eu-*" };
forbid(principal, action, resource) when { context has tls && context.tls.resumed };
permit(principal, action, resource) when { context has tls.version && context.tls == {version: "TLSv1.3", resumed: false} };
permit(principal, action, resource) when { context has user && context.user in Group::"idp|admins" };
permit(principal, action, resource) when { context has user && context.user.hasTag("email") && context.user.getTag("email") like "*@shop" };
permit(principal, action, resource) when { context has user && context.user == User::"idp|ann" && context.user.issuer == "idp" };
permit(principal, action, resource) when { context.risk * 9223372036854775807 > 0 };
permit(principal, action, resource) when { User::"idp|ann" in Group::"idp|admins" && User::"idp|ann".hasTag("email") };
permit(principal, action, resource) when { Service::"shop/frontend" has name && Service::"ops/probe" in Namespace::"ops" };
@mode("audit") forbid(principal, action, resource) when { context has port && context.port == 443 };
@mode("audit") permit(principal, action, resource) when { context.protocol == "tcp" };
permit(principal, action == Action::"grpc:call", resource) when { context.service == "shop.Stock" && context.method == "List" };
permit(principal, action in Action::"grpc", resource) when { context.path like "*/Reserve" && context.host == "b" };
forbid(principal, action in [Action::"http", Action::"grpc"], resource) when { context.method == "Reserve" || context.method == "TRACE" } unless { context.headers has "x-tenant" };
permit(principal, action == Action::"connect", resource) when { context.protocol == "udp" };
permit(principal, action, resource) when { context.protocol == "grpc" };
`;

/** A forbid hides which permits applied, so few requests should meet one. */
const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 6 }, fc.constantFrom(...others));
const text = (...texts: readonly string[]) => fc.constantFrom(...texts);
const shared = {
  principal: text('ns/shop/sa/frontend', 'ns/ops/sa/probe', 'ns/x/sa/y', 'node/n1').map(
    (path) => `spiffe://shop.example/${path}` as SpiffeId,
  ),
  resource: text('shop/catalog', 'ops/probe', 'x/y').map((key) => key as ServiceKey),
  sourceIp: text('10.1.2.3', '::ffff:10.1.2.3', '192.168.0.1', 'fe80::1%eth0', 'nonsense'),
  port: fc.constantFrom(80, 443, 8080),
  timeMs: mostly(Date.UTC(2026, 10, 20, 8), 0, Date.UTC(2026, 10, 20, 7, 59)),
};
const optional = {
  risk: mostly(80, 0, 1, 81, 100),
  locality: text('eu-west', 'us-east'),
  tls: fc.record({ version: text('TLSv1.3', 'TLSv1.2'), resumed: mostly(false, true) }),
  user: fc.record({
    issuer: text('idp', 'other'),
    subject: text('ann', 'bob'),
    groups: fc.subarray(['admins', 'staff']),
    claims: fc.constantFrom<Record<string, string>>({}, { email: 'a@shop' }, { email: 'a@x' }),
  }),
};
const required = { requiredKeys: Object.keys(shared) as (keyof typeof shared)[] };
const http = {
  path: text('/', '/admin/x', '/a/b', '/a'),
  host: text('a.example', 'b'),
  method: fc.constantFrom(...HTTP_METHODS),
  action: fc.constant('http' as const),
};
const grpc = {
  path: text('/shop.Stock/Reserve', '/shop.Stock/List', '/Other/Reserve', '/a/b/c', '/a'),
  host: http.host,
  action: fc.constant('grpc' as const),
};
const connect = {
  action: fc.constant('connect' as const),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
};
const headers = fc.constantFrom<Record<string, string>>(
  {},
  { 'x-tenant': 'blue' },
  { 'x-tenant': 'red', 'x-trace': '1' },
);
const anyRequest: fc.Arbitrary<DecisionRequest> = fc.oneof(
  fc.record(
    { ...shared, ...optional, ...connect },
    { requiredKeys: [...required.requiredKeys, 'action', 'protocol'] },
  ),
  fc.record(
    { ...shared, ...optional, ...http, headers },
    { requiredKeys: [...required.requiredKeys, 'action', 'path', 'host', 'method'] },
  ),
  fc.record(
    { ...shared, ...optional, ...grpc, headers },
    { requiredKeys: [...required.requiredKeys, 'action', 'path', 'host'] },
  ),
);

/** Which policies failed; the words differ from the official engine's. */
const comparable = ({ errors, audit, ...rest }: Decision) => ({
  ...rest,
  audit: audit.toSorted(),
  failed: errors.map((error) => error.replace(/:.*/, '')).toSorted(),
});

test('requests of the mesh are decided as the official engine decides them', () => {
  const [compiled, official] = [engineOf(POLICIES), officialOf(POLICIES)];
  const seen = new Set<string>();
  const property = fc.property(anyRequest, (request) => {
    const [ours, theirs] = [compiled.decide(request), official.decide(request)];
    if (request.sourceIp === 'nonsense') {
      expect([ours.allowed, theirs.allowed]).toEqual([false, false]);
      return;
    }
    for (const id of [...ours.policies, ...ours.audit]) seen.add(id);
    expect(comparable(ours)).toEqual(comparable(theirs));
  });
  fc.assert(property, { seed: 20_261_120, numRuns: 1_000 });
  // All but the one that always overflows.
  expect(seen.size).toBe(27);
}, 60_000);

test('a policy that fails is skipped and named', () => {
  const engine = engineOf(`
    @id("fails") forbid(principal, action, resource) when { 9223372036854775807 + context.risk > 0 };
    @id("permits") permit(principal, action, resource);`);
  expect(engine.decide(get({ risk: 1 }))).toEqual({
    allowed: true,
    policies: ['permits'],
    errors: ['fails: a number left the range of 64 bits'],
    audit: [],
  });
  expect(engine.decide(get({ risk: 0 })).policies).toEqual(['fails']);
});

test('a caller that no policy can name, and an address that is none, are denied', () => {
  const engine = engineOf('permit(principal, action, resource);');
  const stranger = 'spiffe://evil.example/ns/shop/sa/frontend' as SpiffeId;
  expect(engine.decide(get({ principal: stranger })).errors).toEqual([
    expect.stringContaining(stranger),
  ]);
  expect(engine.decide(get({ sourceIp: 'nonsense' }))).toEqual({
    allowed: false,
    policies: [],
    errors: ['a text is no IP address or range: nonsense'],
    audit: [],
  });
});

test('one request’s context is not seen by the next', () => {
  const engine = engineOf(
    'permit(principal, action, resource) when { context has locality || context has tls || User::"idp|ann" has issuer };',
  );
  const user = { issuer: 'idp', subject: 'ann', groups: [], claims: {} };
  const tls = { version: 'TLSv1.3', resumed: false };
  for (const over of [{ user }, { locality: 'eu' }, { tls }]) {
    expect(engine.decide(get(over)).allowed).toBe(true);
    expect(engine.decide(get()).allowed).toBe(false);
  }
});

test('the same policies give the same decision object, so that a permit is no garbage', () => {
  const engine = engineOf(`
    permit(principal, action in Action::"http", resource) when { context.path like "/a*" };
    permit(principal, action in Action::"http", resource) when { context.path like "*b" };`);
  const decisions = ['/ab', '/ax', '/aab', '/ay', '/xb'].map((path) =>
    engine.decide(get({ path })),
  );
  expect(new Set(decisions).size).toBe(3);
  expect(decisions[0]).toBe(decisions[2]);
  expect(decisions[1]).toBe(decisions[3]);
});

test('a client that varies its path can fill no memory with verdicts', () => {
  const letters = [...'abcdefghij'];
  const engine = engineOf(
    letters
      .map(
        (one) =>
          `permit(principal, action in Action::"http", resource) when { context.path like "*${one}*" };`,
      )
      .join('\n'),
  );
  const paths = Array.from({ length: 1024 }, (_, bits) =>
    letters.filter((_letter, index) => (bits >> index) & 1).join(''),
  );
  const decide = () => paths.map((path) => engine.decide(get({ path })));
  const [first, second] = [decide(), decide()];
  expect(first.map(({ policies }) => policies)).toEqual(second.map(({ policies }) => policies));
  const kept = first.filter((decision, index) => decision === second[index]);
  expect(kept.length).toBe(letters.length + 64 + 1);
});

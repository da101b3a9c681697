import { expect, setDefaultTimeout, test } from 'bun:test';
import { formatProblem, type Namespace, type Result, type ServiceKey } from '../core/index.ts';
import type { Cedar } from './cedar.ts';
import { compilePolicies } from './compile-policies.ts';
import type { DecisionRequest } from './decision.ts';
import { createEngine } from './engine.ts';
import { MeshEngine } from './link/mesh-engine.ts';
import { readPoliciesInForce } from './policies-in-force.ts';
import { MAX_NAMESPACE_CHARACTERS, MAX_NAMESPACE_POLICIES } from './policy-bounds.ts';
import type { PolicySource } from './policy-file.ts';
import { checkPolicies } from './testing/check-policies.ts';
import { linkAtOnce } from './testing/link-at-once.ts';
import { cedar, get, trustDomain } from './testing/requests.ts';

// On a busy machine: both engines, again and again.
setDefaultTimeout(60_000);

const payments = 'payments' as Namespace;
const shop = 'shop' as Namespace;
const toShop = get();
const toPayments = get({ resource: 'payments/card' as ServiceKey });

const must = <T>(result: Result<T, unknown>): T => {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
};

/** What sidecars decide, which the official engine must decide as well, and why. */
function decided(policies: readonly PolicySource[], request: DecisionRequest) {
  const compiled = compilePolicies({ cedar, policies });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const linked = linkAtOnce(compiled.value.program);
  if (!linked.ok) throw new Error(linked.error);
  const official = createEngine({ cedar, trustDomain, policies, read: readPoliciesInForce });
  if (!official.ok) throw new Error(JSON.stringify(official.error));
  const decision = official.value.decide(request);
  expect(new MeshEngine(linked.value, trustDomain).decide(request)).toEqual(decision);
  return [decision.allowed, ...decision.policies];
}

const closedOf = (policies: readonly PolicySource[]) => {
  const read = readPoliciesInForce(cedar, policies);
  return read.ok ? read.value.closed : read.error;
};

/** Of the mesh: any service may call any. */
const open: PolicySource = {
  name: 'open',
  text: '@id("open") permit(principal, action, resource);',
};
/** Heads that a stolen key might sign, and what each says of the shop. */
const HEADS = [
  'principal, action, resource',
  'principal, action, resource is Service',
  'principal, action, resource == Service::"shop/catalog"',
  'principal, action, resource in Namespace::"shop"',
  'principal, action, resource is Service in Namespace::"shop"',
  'principal == Service::"shop/frontend", action, resource',
];

test('what a team permits opens nothing elsewhere, and what it forbids closes nothing elsewhere', () => {
  for (const head of HEADS) {
    const permit = { name: 'p', namespace: payments, text: `permit(${head});` };
    const forbid = { name: 'p', namespace: payments, text: `forbid(${head});` };
    expect([head, ...decided([permit], toShop)]).toEqual([head, false]);
    expect([head, ...decided([open, forbid], toShop)]).toEqual([head, true, 'open']);
    // Nor does it cost their decisions anything, nor fail there.
    const failing = {
      ...permit,
      text: `permit(${head}) when { context.risk + 9223372036854775807 > 0 };`,
    };
    expect(decided([failing], { ...toShop, risk: 1 })).toEqual([false]);
    const { program } = must(compilePolicies({ cedar, policies: [permit] }));
    expect(JSON.stringify(program.policies[0]?.resource)).toContain('"payments"');
  }
});

test('at its own services a team’s policies bind as they are written', () => {
  const text = `
    @id("mine") permit(principal, action, resource in Namespace::"payments");
    @id("card") forbid(principal, action, resource == Service::"payments/card") when { context.risk > 50 };
    @mode("audit") forbid(principal, action, resource is Service in Namespace::"payments");`;
  const file = { name: 'limits', namespace: payments, text };
  expect(decided([file], toPayments)).toEqual([true, 'payments/mine']);
  expect(decided([file], { ...toPayments, risk: 60 })).toEqual([false, 'payments/card']);
  expect(decided([open, file], toShop)).toEqual([true, 'open']);
  const engine = must(createEngine({ cedar, trustDomain, policies: [file] }));
  expect(engine.decide(toPayments).audit).toEqual(['payments/limits#3']);
  expect(engine.permitsAbout(toPayments)).toEqual(['payments/mine']);
  expect(engine.permitsAbout(toShop)).toEqual([]);
  expect(engine.policies.get('payments/mine')).toMatchObject({
    file: 'payments/limits.cedar',
    line: 2,
  });
});

const UNREADABLE = {
  'a syntax error': 'permit(principal',
  'an unknown attribute': 'permit(principal, action, resource) when { context.rsk > 1 };',
  'a policy of another version': '@priority("1") permit(principal, action, resource);',
  'brackets without end': `permit(principal, action, resource) when { ${'('.repeat(5_000)}`,
  'a long policy': `permit(principal, action, resource) when { context.risk in [${'1,'.repeat(9_000)}1] };`,
  'more policies than a team may have': 'permit(principal,action,resource);'.repeat(
    MAX_NAMESPACE_POLICIES + 1,
  ),
  'more text than a team may have': `//${' '.repeat(MAX_NAMESPACE_CHARACTERS)}`,
};

test('a file of a team that cannot be read closes that team’s services, and changes nothing for others', () => {
  for (const [what, text] of Object.entries(UNREADABLE)) {
    const bad = { name: 'bad', namespace: payments, text };
    const set = [
      open,
      bad,
      { name: 'good', namespace: payments, text: 'permit(principal, action, resource);' },
    ];
    expect([what, ...decided(set, toShop)]).toEqual([what, true, 'open']);
    const [isAllowed, ...deciding] = decided(set, toPayments);
    expect([what, isAllowed]).toEqual([what, false]);
    expect(deciding).toContain('payments/bad~unreadable');
    expect(closedOf(set)).toMatchObject([
      { namespace: payments, problem: { file: 'payments/bad.cedar' } },
    ]);
  }
});

test('a policy over which the engine fails closes its team’s services only', () => {
  const fails = {
    name: 'bad',
    namespace: payments,
    text: 'permit(principal, action, resource in Namespace::"payments");',
  };
  const broken: Cedar = {
    ...cedar,
    parse(statement) {
      if (statement === fails.text) throw new WebAssembly.RuntimeError('unreachable');
      return cedar.parse(statement);
    },
  };
  const read = must(readPoliciesInForce(broken, [open, fails]));
  expect(read.closed).toMatchObject([
    { problem: { message: 'the policy engine failed: unreachable' } },
  ]);
  expect([...read.policies.keys()]).toEqual(['open', 'payments/bad~unreadable']);
});

test('a file of the mesh that cannot be read refuses the set', () => {
  expect(closedOf([{ name: 'bad', text: 'permit(principal' }])).toMatchObject([
    { file: 'bad.cedar' },
  ]);
});

test('an id that is taken closes nothing: in force the later policy has a number behind it', () => {
  const text = '@id("limits") permit(principal, action, resource);';
  const set = [
    { name: 'one', namespace: payments, text },
    { name: 'two', namespace: payments, text },
    { name: 'three', namespace: shop, text },
    { name: 'mesh', text: '@id("payments/limits") permit(principal, action, resource);' },
  ];
  expect(decided(set, toPayments)).toEqual([
    true,
    'payments/limits',
    'payments/limits~2',
    'payments/limits~3',
  ]);
  expect(decided(set, toShop)).toEqual([true, 'payments/limits', 'shop/limits']);
  expect(checkPolicies(cedar, set).map(formatProblem)).toEqual([
    'payments/one.cedar:1:1: the policy id \'payments/limits\' is taken by mesh.cedar:1; give this one another @id("…")',
    'payments/two.cedar:1:1: the policy id \'payments/limits\' is taken by mesh.cedar:1; give this one another @id("…")',
  ]);
});

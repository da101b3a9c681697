import { expect, test } from 'bun:test';
import { formatProblem, type Namespace } from '../core/index.ts';
import { checkPolicyChange, type PolicyChange } from './policy-change.ts';
import type { PolicySource } from './policy-file.ts';
import { cedar } from './testing/requests.ts';

const payments = 'payments' as Namespace;
const nothing: PolicyChange = {
  fresh: [],
  kept: [],
  headers: [],
  headersInForce: [],
  names: {
    services: new Set(['shop/catalog', 'shop/frontend', 'payments/card']),
    namespaces: new Set(['shop', 'payments']),
  },
};
const problems = (change: Partial<PolicyChange>): string[] =>
  checkPolicyChange(cedar, { ...nothing, ...change }).map(formatProblem);
const ofPayments = (text: string, name = 'limits'): PolicySource => ({
  name,
  namespace: payments,
  text,
});

test('the head of a team’s policy says what it binds', () => {
  for (const head of [
    'resource in Namespace::"payments"',
    'resource is Service in Namespace::"payments"',
    'resource == Service::"payments/card"',
  ]) {
    expect([
      head,
      problems({ fresh: [ofPayments(`permit(principal, action, ${head});`)] }),
    ]).toEqual([head, []]);
  }
  const text = `// the resource
    permit(principal == Service::"shop/frontend", action, resource);
    forbid(principal, action, resource == Service::"shop/catalog") when { resource.name == "x" };
    permit(principal, action, resource is Service);
    permit(principal, action, resource in Namespace::"shop");`;
  const said =
    'a policy of payments binds calls of its own services only: write `resource in Namespace::"payments"` here, or one of them, as in `resource == Service::"payments/NAME"`';
  expect(problems({ fresh: [ofPayments(text)] })).toEqual([
    `payments/limits.cedar:2:59: ${said}`,
    `payments/limits.cedar:3:31: ${said}`,
    `payments/limits.cedar:4:31: ${said}`,
    `payments/limits.cedar:5:31: ${said}`,
  ]);
  expect(
    problems({ fresh: [{ name: 'all', text: 'permit(principal, action, resource);' }] }),
  ).toEqual([]);
  expect(problems({ kept: [ofPayments(text)] })).toEqual([]); // it binds there alone in any case
});

test('a service or a namespace that would not be there is told with the one that was meant', () => {
  const text = `permit(principal in Namespace::"shp", action, resource == Service:: "shop/cataloge")
  when { [Service::"shop/front-end", Service::"shop/catalog"].contains(principal) && context has user &&
    context.user in Group::"https://login.example|staff" };
permit(principal == Node::"n1", action, resource == Service::"warehouse/stock");`;
  expect(problems({ fresh: [{ name: 'p', text }] })).toEqual([
    "p.cedar:1:21: there would be no namespace 'shp': did you mean 'shop'?",
    "p.cedar:1:59: there would be no service, and no service account, 'shop/cataloge': did you mean 'shop/catalog'?",
    "p.cedar:2:11: there would be no service, and no service account, 'shop/front-end': did you mean 'shop/frontend'?",
    "p.cedar:4:53: there would be no service, and no service account, 'warehouse/stock': put it in force before, or along with this policy",
  ]);
  expect(problems({ kept: [{ name: 'p', text }] })).toEqual([]);
});

test('a change is refused for what it breaks, and not for what was broken before in a namespace', () => {
  const reads =
    'permit(principal, action in Action::"http", resource in Namespace::"payments") when { context.headers has "x-tenant" };';
  const good = { name: 'good', text: 'permit(principal, action, resource);' };
  const broken = ofPayments('permit(', 'broken');
  expect(problems({ fresh: [good], kept: [broken] })).toEqual([]);
  const kept = [broken, ofPayments(reads, 'reads')];
  expect(problems({ kept, headersInForce: ['x-tenant'], headers: ['x-tenant'] })).toEqual([]);
  expect(problems({ kept, headersInForce: ['x-tenant'] })).toEqual([
    expect.stringContaining("payments/reads.cedar:1:108: the header 'x-tenant' is not among"),
  ]);
  expect(problems({ fresh: [broken] })).toEqual([
    expect.stringContaining('payments/broken.cedar:1'),
  ]);
  expect(problems({ kept: [{ name: 'bad', text: 'permit(' }] })).toEqual([
    expect.stringContaining('bad.cedar:1'),
  ]);
});

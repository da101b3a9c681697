import { expect, test } from 'bun:test';
import type { Namespace, ServiceKey } from '../core/index.ts';
import type { DecisionRequest } from './decision.ts';
import { checkPolicyChange } from './policy-change.ts';
import { formatPolicies } from './policy-format.ts';
import * as templates from './policy-templates.ts';
import { checkPolicies } from './testing/check-policies.ts';
import { cedar, engineOf, get, workload } from './testing/requests.ts';

const frontend = 'shop/frontend' as ServiceKey;
const catalog = 'shop/catalog' as ServiceKey;
const ledger = 'bank/ledger' as ServiceKey;
const bank = 'bank' as Namespace;
const group = 'https://login.example|staff';
const staff = {
  issuer: 'https://login.example',
  subject: 'ada',
  groups: ['staff'],
  claims: {},
};
const ALL = '@id("all") permit (principal, action, resource);\n';

const allowed = (text: string, over: Partial<DecisionRequest & { action: 'http' }> = {}) =>
  engineOf(text).decide(get(over)).allowed;
const at = (time: string) => ({ timeMs: Date.parse(`2026-11-20T${time}Z`) });

const { allowTemplate, businessHoursTemplate, denyAboveRiskTemplate } = templates;
const { egressAllowListTemplate, isolateNamespaceTemplate, requireUserTemplate } = templates;

test('every template is right, and laid out as the formatter would', () => {
  const hours = { to: catalog, openMinute: 540, closeMinute: 1_050 };
  const texts = [
    allowTemplate({ from: frontend, to: catalog }),
    allowTemplate({ from: frontend, to: catalog, methods: ['GET'], path: '/a*' }),
    allowTemplate({ from: frontend, to: catalog, methods: ['GET', 'HEAD'], id: 'x' }),
    isolateNamespaceTemplate({ namespace: 'shop' as Namespace }),
    egressAllowListTemplate({ from: frontend, to: [catalog, ledger] }),
    egressAllowListTemplate({ from: frontend, to: [catalog] }),
    egressAllowListTemplate({ from: frontend, to: [ledger], namespace: bank }),
    denyAboveRiskTemplate({ risk: 70, namespace: bank }),
    requireUserTemplate({ to: catalog }),
    requireUserTemplate({ to: catalog, group }),
    businessHoursTemplate({ ...hours, utcOffsetMinutes: 0 }),
    businessHoursTemplate({ ...hours, utcOffsetMinutes: -330 }),
    denyAboveRiskTemplate({ risk: 70 }),
    denyAboveRiskTemplate({ risk: 70, to: catalog }),
  ];
  for (const text of texts) {
    const source = { name: 'p', text };
    expect(checkPolicies(cedar, [source])).toEqual([]);
    expect(formatPolicies(cedar, source)).toEqual({ ok: true, value: text });
  }
});

test('a template for a namespace names it in the head of each policy', () => {
  const texts = [
    egressAllowListTemplate({ from: frontend, to: [ledger], namespace: bank }),
    denyAboveRiskTemplate({ risk: 70, namespace: bank }),
    isolateNamespaceTemplate({ namespace: bank }),
  ];
  const services = new Set([frontend, catalog, ledger]);
  const names = { services, namespaces: new Set(['shop', 'bank']) };
  const rest = { kept: [], headers: [], headersInForce: [], names };
  for (const text of texts) {
    const fresh = [{ name: 'p', namespace: bank, text }];
    expect(checkPolicyChange(cedar, { ...rest, fresh })).toEqual([]);
  }
});

test('allow permits its methods and paths, and nothing else', () => {
  const text = allowTemplate({ from: frontend, to: catalog, methods: ['GET'], path: '/items*' });
  expect(allowed(text)).toBe(true);
  expect(allowed(text, { method: 'POST' })).toBe(false);
  expect(allowed(text, { path: '/' })).toBe(false);
  expect(allowed(text, { principal: workload('other') })).toBe(false);
  expect(
    allowed(allowTemplate({ from: frontend, to: catalog, path: '/items' }), { method: 'PUT' }),
  ).toBe(true);
});

test('an isolated namespace talks to itself alone, whatever else is permitted', () => {
  const text = isolateNamespaceTemplate({ namespace: 'bank' as Namespace });
  expect(allowed(ALL + text, { resource: ledger })).toBe(false);
  expect(allowed(isolateNamespaceTemplate({ namespace: 'shop' as Namespace }))).toBe(true);
});

test('an egress list permits what it names and forbids the rest', () => {
  const text = ALL + egressAllowListTemplate({ from: frontend, to: [ledger] });
  expect(allowed(text, { resource: ledger })).toBe(true);
  expect(allowed(text)).toBe(false);
  expect(allowed(text, { principal: workload('other') })).toBe(true);
});

test('a user can be required, and one of a group', () => {
  const any = ALL + requireUserTemplate({ to: catalog });
  const some = ALL + requireUserTemplate({ to: catalog, group });
  const guest = { ...staff, groups: [] };
  expect([undefined, guest, staff].map((user) => allowed(any, user && { user }))).toEqual([
    false,
    true,
    true,
  ]);
  expect([undefined, guest, staff].map((user) => allowed(some, user && { user }))).toEqual([
    false,
    false,
    true,
  ]);
});

test('hours end when they end, by the clock on the wall', () => {
  const hours = { to: catalog, openMinute: 540, closeMinute: 1_050 };
  const utc = ALL + businessHoursTemplate({ ...hours, utcOffsetMinutes: 0 });
  const times = ['08:59:59', '09:00:00', '17:29:59', '17:30:00'];
  expect(times.map((time) => allowed(utc, at(time)))).toEqual([false, true, true, false]);
  const india = ALL + businessHoursTemplate({ ...hours, utcOffsetMinutes: 330 });
  expect(['03:29:59', '03:30:00'].map((time) => allowed(india, at(time)))).toEqual([false, true]);
});

test('a caller above the limit of risk is refused', () => {
  const text = ALL + denyAboveRiskTemplate({ risk: 70 });
  expect([0, 70, 71].map((risk) => allowed(text, { risk }))).toEqual([true, true, false]);
});

test('a file that does not parse is not formatted, and each place is told', () => {
  const text =
    'permit(principal, action, resource);\npermit(principal);\nforbid(x, action, resource);';
  const read = formatPolicies(cedar, { name: 'p', text });
  expect(read.ok ? [] : read.error.map(({ line }) => line)).toEqual([2, 3]);
  const deep = {
    name: 'p',
    text: `permit(principal, action, resource) when {${'('.repeat(500)}};`,
  };
  expect(formatPolicies(cedar, deep)).toMatchObject({ ok: false });
  expect(
    formatPolicies(cedar, {
      name: 'p',
      text: '// why\npermit(principal,action,resource); // end\n',
    }),
  ).toEqual({
    ok: true,
    value: '// why\npermit (principal, action, resource); // end\n',
  });
});

import { expect, test } from 'bun:test';
import { parseResources } from '../governance/index.ts';
import { cedarWasm } from '../platform/cedar-wasm.ts';
import { realClock } from '../platform/index.ts';
import { createEngine, loadCedar } from '../policy/index.ts';
import { LoginDesk } from './login-desk.ts';
import {
  FILES,
  identityOf,
  keyOf,
  LATECOMER,
  NAMESPACE,
  type ServiceName,
  TRUST_DOMAIN,
  WORKLOADS,
} from './plan.ts';
import { shopResources } from './resources.ts';
import { shopHours } from './shop-hours.ts';

const cedar = loadCedar(cedarWasm());
const files = Object.entries({ ...shopResources, 'login.yaml': new LoginDesk().resource() }).map(
  ([path, text]) => ({ path, text }),
);

test('the shop’s resources are right, and name every workload’s service and node', () => {
  const parsed = parseResources(files, { trustDomain: TRUST_DOMAIN, namespace: NAMESPACE });
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join('\n'));
  const kinds = parsed.value.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'Service')).toHaveLength(7);
  expect(kinds.filter((kind) => kind === 'Registration')).toHaveLength(7);
  expect(kinds.filter((kind) => kind === 'MeshSettings')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'RequestAuthentication')).toHaveLength(1);
  const text = shopResources['registrations.yaml'] ?? '';
  for (const { service, node } of [...WORKLOADS, FILES, LATECOMER]) {
    expect(text).toMatch(new RegExp(`name: ${service}, [^]{0,60}nodes: \\[[^\\]]*${node}`));
  }
});

/** What decides in the shop at these hours. */
function engineOf(hours: Parameters<typeof shopHours>[0]) {
  const policies = [
    { name: 'shop', text: shopResources['shop.cedar'] ?? '' },
    { name: 'hours', text: shopHours(hours) },
  ];
  const engine = createEngine({ cedar, trustDomain: TRUST_DOMAIN, policies });
  if (!engine.ok) throw new Error(JSON.stringify(engine.error));
  return engine.value;
}

function shopWith(hours: Parameters<typeof shopHours>[0]) {
  const engine = engineOf(hours);
  return (from: string, to: ServiceName, method: 'GET' | 'POST' | 'DELETE', path: string) =>
    engine.decide({
      principal: identityOf(from),
      resource: keyOf(to),
      sourceIp: '127.0.0.1',
      timeMs: realClock.now(),
      action: 'http',
      method,
      path,
      host: to,
    });
}

test('the shop’s policies permit what its customers do, and nothing beside it', () => {
  const asked = shopWith({ sale: 'on', stocktaking: false });
  expect(asked('frontend', 'catalog', 'GET', '/products').allowed).toBe(true);
  expect(asked('frontend', 'catalog', 'POST', '/orders').allowed).toBe(true);
  expect(asked('frontend', 'payments', 'POST', '/charge').allowed).toBe(true);
  expect(asked('frontend', 'files', 'GET', '/').allowed).toBe(true);
  expect(asked('frontend', 'helpdesk', 'GET', '/back-office').allowed).toBe(false);
  expect(asked('frontend', 'catalog', 'DELETE', '/products').allowed).toBe(false);
  expect(asked('frontend', 'payments', 'GET', '/admin').policies).toEqual(['back-room-is-closed']);
  expect(asked('files', 'catalog', 'GET', '/products').allowed).toBe(false);
  expect(asked('frontend', 'payments', 'POST', '/refund').allowed).toBe(false);
});

test('the stock may be looked into, and not changed', () => {
  const call = (path: string) =>
    engineOf({ sale: 'on', stocktaking: false }).decide({
      principal: identityOf('frontend'),
      resource: keyOf('stock'),
      sourceIp: '127.0.0.1',
      timeMs: realClock.now(),
      action: 'grpc',
      path,
      host: 'stock',
    }).allowed;
  for (const name of ['Count', 'Watch', 'Watchers']) expect(call(`/shop.Stock/${name}`)).toBe(true);
  expect(call('/shop.Stock/Refill')).toBe(false);
  expect(call('/shop.Other/Count')).toBe(false);
});

test('an order without a user is carried out, and audited', () => {
  const asked = shopWith({ sale: 'on', stocktaking: false });
  expect(asked('frontend', 'catalog', 'POST', '/orders')).toMatchObject({
    allowed: true,
    audit: ['orders-need-a-user'],
  });
});

test('the hours close what they name, and nothing beside it', () => {
  const open = shopWith({ sale: 'on', stocktaking: false });
  const closed = shopWith({ sale: 'over', stocktaking: true });
  for (const path of ['/products/sale', '/news']) {
    expect(open('frontend', 'catalog', 'GET', path).allowed).toBe(true);
    expect(closed('frontend', 'catalog', 'GET', path).allowed).toBe(false);
  }
  expect(closed('frontend', 'catalog', 'GET', '/products').allowed).toBe(true);
  expect(open('frontend', 'helpdesk', 'GET', '/desk').allowed).toBe(true);
  expect(closed('frontend', 'helpdesk', 'GET', '/desk').allowed).toBe(false);
});

import { expect, test } from 'bun:test';
import type { ServiceProtocol, SpiffeId } from '../core/index.ts';
import { sampleTrust } from '../registry/testing/sample-trust.ts';
import { callerProblem, contextLines, decisionRequestOf } from './call-question.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 8);
const user = { issuer: 'https://login.example', subject: 'ada', groups: [], claims: {} };

test('what a question leaves out is as in a plain call now', () => {
  const asked = decisionRequestOf({ from: 'client', to: 'web.shop' }, sampleTrust, NOW_MS);
  expect(asked as unknown).toEqual({
    principal: 'spiffe://shop.example/ns/default/sa/client',
    resource: 'shop/web',
    sourceIp: '127.0.0.1',
    timeMs: NOW_MS,
    action: 'http',
    method: 'GET',
    path: '/',
    host: 'web',
  });
  expect(decisionRequestOf({ from: 'client', to: 'db.shop' }, sampleTrust, NOW_MS).action).toBe(
    'connect',
  );
});

test('the service’s protocol says which action a question is about', () => {
  const askedOf = (protocol: ServiceProtocol) => {
    const services = sampleTrust.services.map((service) => ({ ...service, protocol }));
    const question = { from: 'client', to: 'web.shop', path: '/shop.Web/List', method: 'POST' };
    return decisionRequestOf(question, { ...sampleTrust, services }, NOW_MS);
  };
  for (const protocol of ['http', 'http2', 'auto'] as const) {
    expect(askedOf(protocol)).toMatchObject({ action: 'http', method: 'POST' });
  }
  for (const protocol of ['tcp', 'udp'] as const) {
    expect(askedOf(protocol)).toMatchObject({ action: 'connect', protocol });
    expect(contextLines(askedOf(protocol))).toMatchObject({ protocol });
  }
  const call = askedOf('grpc');
  expect(call).toMatchObject({ action: 'grpc', path: '/shop.Web/List' });
  expect(contextLines(call)).toMatchObject({ service: 'shop.Web', method: 'List' });
});

test('what a question says is what the policies see, and what a person is shown', () => {
  const question = {
    from: 'spiffe://shop.example/ns/shop/sa/web',
    to: 'shop/web',
    method: 'post',
    headers: { 'x-tenant': 'blue' },
    user,
    risk: 70,
    time: '2026-11-20T10:00:00+01:00',
    port: 8080,
    locality: 'eu/1',
  };
  const asked = decisionRequestOf(question, sampleTrust, NOW_MS);
  expect(asked).toMatchObject({
    method: 'POST',
    headers: { 'x-tenant': 'blue' },
    user,
    risk: 70,
    timeMs: Date.UTC(2026, 10, 20, 9),
    port: 8080,
    locality: 'eu/1',
  });
  expect(contextLines(asked)).toEqual({
    path: '/',
    host: 'web',
    'headers["x-tenant"]': 'blue',
    sourceIp: '127.0.0.1',
    port: '8080',
    time: '2026-11-20T09:00:00.000Z',
    risk: '70',
    locality: 'eu/1',
    user: 'https://login.example|ada',
  });
});

test('a service that is not in force, and a caller that is no name, are refused with what may be meant', () => {
  const ask = (from: string, to: string) => () =>
    decisionRequestOf({ from, to }, sampleTrust, NOW_MS);
  expect(ask('client', 'wbe.shop')).toThrow(
    'no service shop/wbe is in force; did you mean shop/web?',
  );
  expect(ask('spiffe://', 'web.shop')).toThrow();
});

test('a caller that no registration gives its name is told, with the one that may be meant', () => {
  const problemOf = (from: string) =>
    callerProblem(decisionRequestOf({ from, to: 'web.shop' }, sampleTrust, NOW_MS).principal, {
      ...sampleTrust,
      registrations: [
        {
          key: 'default/client',
          nodes: 'any',
          selectors: { uid: 'node' },
          spiffeId: 'spiffe://shop.example/ns/default/sa/client' as SpiffeId,
        },
      ],
    });
  expect(problemOf('client')).toBeUndefined();
  expect(problemOf('clinet')).toBe(
    'no registration is for spiffe://shop.example/ns/default/sa/clinet: did you mean spiffe://shop.example/ns/default/sa/client?',
  );
  expect(problemOf('ledger.bank')).toBe(
    'no registration is for spiffe://shop.example/ns/bank/sa/ledger',
  );
  expect(problemOf('spiffe://other.example/ns/default/sa/client')).toBeUndefined();
});

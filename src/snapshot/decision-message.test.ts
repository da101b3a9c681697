import { expect, test } from 'bun:test';
import { encodeFrame, type ServiceKey, type SpiffeId } from '../core/index.ts';
import type { DecisionRequest, SampledDecision } from '../policy/index.ts';
import { encodeMessage, MessageStream, type SidecarMessage } from './index.ts';
import { SIDECAR_LIMITS } from './limits.ts';

const shared = {
  principal: 'spiffe://shop.example/ns/shop/sa/web' as SpiffeId, // one, by inspection
  resource: 'shop/db' as ServiceKey, // one, by inspection
  sourceIp: '10.0.0.1',
  port: 5432,
  timeMs: 1_900_000_000_000,
  risk: 7,
  locality: 'eu/1',
  tls: { version: 'TLSv1.3', resumed: true },
  user: { issuer: 'idp', subject: 'ann', groups: ['staff'], claims: {} },
} as const;
const http: DecisionRequest = {
  ...shared,
  action: 'http',
  method: 'GET',
  path: '/a',
  host: 'db',
  headers: { 'x-tenant': 'blue' },
};
const requests: readonly DecisionRequest[] = [
  { ...shared, action: 'connect', protocol: 'udp' },
  { ...shared, action: 'grpc', path: '/shop.Db/Get', host: 'db' },
  http,
];

const messageOf = (decisions: readonly SampledDecision[]): SidecarMessage => ({
  type: 'decisions',
  decisions,
});

function readBy(stream: MessageStream<unknown>, bytes: Uint8Array) {
  stream.welcomed();
  return stream.push(bytes);
}

const read = (value: unknown) =>
  readBy(MessageStream.ofSidecar(), encodeFrame(new TextEncoder().encode(JSON.stringify(value))));

test('decisions are read as they were told, from sidecars and from workers', () => {
  const message = messageOf(requests.map((request, n) => ({ request, weight: n + 1 })));
  const bytes = encodeMessage(message);
  expect(readBy(MessageStream.ofSidecar(), bytes)).toEqual({ ok: true, value: [message] });
  expect(readBy(MessageStream.ofWorker(), bytes)).toEqual({ ok: true, value: [message] });
});

test('claims and anything else that is no part of a decision are not read', () => {
  const user = { ...shared.user, claims: { email: 'ann@home' } };
  const request = { ...http, user, body: 'secret' };
  const { value } = Object(read(messageOf([{ request, weight: 1 }])));
  expect(value).toEqual([messageOf([{ request: http, weight: 1 }])]);
});

test('more, longer or heavier ones than sidecars remember are refused', () => {
  const { decisions, decisionText, decisionWeight } = SIDECAR_LIMITS;
  const many = Array.from({ length: decisions }, () => ({ request: http, weight: decisionWeight }));
  expect(read(messageOf(many)).ok).toBe(true);
  const long = { ...http, path: 'x'.repeat(decisionText + 1) };
  const half = 'x'.repeat(decisionText / 2);
  for (const odd of [
    [...many, { request: http, weight: 1 }],
    [{ request: long, weight: 1 }],
    [{ request: { ...http, path: half, host: half }, weight: 1 }],
    [{ request: { ...http, headers: { a: half, b: half } }, weight: 1 }],
    [{ request: { ...http, user: { ...shared.user, groups: [half, half] } }, weight: 1 }],
    [{ request: { ...http, locality: half }, weight: 1 }],
    [{ request: http, weight: decisionWeight + 1 }],
    [{ request: http, weight: 0 }],
    [{ request: { ...http, principal: 'web' as SpiffeId }, weight: 1 }],
  ]) {
    expect(read(messageOf(odd)).ok).toBe(false);
  }
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey } from '../core/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import type { Endpoint, EndpointClaim } from '../registry/index.ts';
import { endpointClaim, N1, sampleTrust } from '../registry/testing/index.ts';
import { buildSnapshot, type Snapshot } from './index.ts';

const web = 'shop/web' as ServiceKey;
const db = 'shop/db' as ServiceKey;

const endpoint = (id: string, over: Partial<EndpointClaim> = {}): Endpoint => ({
  id,
  node: N1,
  claim: endpointClaim(over),
  state: 'ready',
  reason: undefined,
});
const offered = (service: ServiceKey): readonly Endpoint[] =>
  service === web ? [endpoint('n1/a')] : service === db ? [endpoint('n1/d')] : [];
const seen = ({ services }: Snapshot): unknown =>
  services.map(({ key, endpoints: all }) => [key, all.map(({ id }) => id)]);

test('a sidecar sees the services it calls with the endpoints that get traffic, and its own without', () => {
  const input = { trust: sampleTrust, node: N1, offered };
  expect(seen(buildSnapshot({ ...input, policyDigest: 'p', for: { upstreams: [web] } }))).toEqual([
    [web, ['n1/a']],
  ]);
  expect(
    seen(buildSnapshot({ ...input, policyDigest: 'p', for: { upstreams: [], serves: db } })),
  ).toEqual([[db, []]]);
  expect(
    seen(buildSnapshot({ ...input, policyDigest: 'p', for: { upstreams: [db], serves: db } })),
  ).toEqual([[db, ['n1/d']]]);
  expect(
    seen(
      buildSnapshot({
        ...input,
        policyDigest: 'p',
        for: { upstreams: ['shop/nope' as ServiceKey] },
      }),
    ),
  ).toEqual([]);
});

test('a snapshot carries the rules in force, and nothing of an endpoint but where it is', () => {
  const snapshot = buildSnapshot({
    trust: sampleTrust,
    node: N1,
    offered,
    policyDigest: 'p',
    for: { upstreams: [web] },
  });
  expect(snapshot).toMatchObject({
    trustDomain: 'shop.example',
    node: 'n1',
    trustVersion: 3,
    trustDigest: sampleTrust.digest,
    bundle: [{ pem: 'PEM', namespaces: 'any' }],
    policyDigest: 'p',
    authentications: [],
  });
  expect(snapshot).not.toHaveProperty('locality');
  const input = { trust: sampleTrust, node: N1, offered, for: { upstreams: [] } };
  const placed = buildSnapshot({ ...input, policyDigest: 'p', locality: 'eu/1' });
  expect(placed.locality).toBe('eu/1');
  expect(snapshot).not.toHaveProperty('denyFromMs');
  expect(buildSnapshot({ ...input, policyDigest: 'p', denyFromMs: 7 }).denyFromMs).toBe(7);
  expect(snapshot.services[0]?.endpoints[0]).toEqual({
    id: 'n1/a',
    node: N1,
    address: '10.0.0.1',
    port: 40_000,
    labels: { version: 'v1' },
  });
});

test('a service that is called by name has its address, if it has a port for callers', () => {
  const addresses = new Map([
    [web, '127.80.0.1'],
    [db, '127.80.0.2'],
  ]);
  const needs = { upstreams: [web, db], addresses };
  const input = { trust: sampleTrust, node: N1, offered, policyDigest: 'p', for: needs };
  expect(buildSnapshot(input).services.map(({ key, virtual }) => [key, virtual])).toEqual([
    [db, undefined],
    [web, { address: '127.80.0.1', port: 80 }],
  ]);
});

test('the same view gives the same bytes, in whatever order its parts came', () => {
  const login = new TestIssuer();
  const issuers = ['b', 'a', 'c'].map((name) => login.authentication({ name }));
  const bytesOf = (order: readonly string[], reversed: boolean): string => {
    const turn = <T>(items: readonly T[]): readonly T[] => (reversed ? items.toReversed() : items);
    const trust = {
      ...sampleTrust,
      services: turn(sampleTrust.services),
      authentications: turn(issuers),
    };
    const some = [endpoint('n1/a', { labels: Object.fromEntries(order.map((key) => [key, key])) })];
    const input = { trust, node: N1, offered: () => some, policyDigest: 'p' };
    return JSON.stringify(buildSnapshot({ ...input, for: { upstreams: turn([web, db]) } }));
  };
  const keys = ['a', 'b', 'c'];
  const expected = bytesOf(keys, false);
  const property = fc.property(
    fc.shuffledSubarray(keys, { minLength: keys.length }),
    fc.boolean(),
    (order, reversed) => bytesOf(order, reversed) === expected,
  );
  fc.assert(property, { seed: 3, numRuns: 200 });
});

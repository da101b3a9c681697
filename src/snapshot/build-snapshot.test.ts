import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey } from '../core/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import type { Endpoint } from '../registry/index.ts';
import { DB, endpointClaim, N1, sampleTrust } from '../registry/testing/sample-trust.ts';
import { buildSnapshot, type Snapshot } from './index.ts';

const web = 'shop/web' as ServiceKey;
const db = 'shop/db' as ServiceKey;

const endpoint = (id: string, over: Partial<Endpoint> = {}): Endpoint => ({
  ...endpointClaim(),
  id,
  node: N1,
  state: 'ready',
  ...over,
});
const endpoints = [
  endpoint('n1/a'),
  endpoint('n1/b', { state: 'not-ready' }),
  endpoint('n1/c', { state: 'quarantined', reason: 'because' }),
  endpoint('n1/d', { service: db, spiffeId: DB }),
];
const seen = ({ services }: Snapshot): unknown =>
  services.map(({ key, endpoints: all }) => [key, all.map(({ id }) => id)]);

test('a sidecar sees the services it calls with their ready endpoints, and its own without', () => {
  const input = { trust: sampleTrust, node: N1, endpoints };
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
    endpoints,
    policyDigest: 'p',
    for: { upstreams: [web] },
  });
  expect(snapshot).toMatchObject({
    trustDomain: 'shop.example',
    node: 'n1',
    trustVersion: 3,
    trustDigest: sampleTrust.digest,
    bundle: ['PEM'],
    policyDigest: 'p',
    authentications: [],
  });
  expect(snapshot).not.toHaveProperty('locality');
  const input = { trust: sampleTrust, node: N1, endpoints: [], for: { upstreams: [] } };
  const placed = buildSnapshot({ ...input, policyDigest: 'p', locality: 'eu/1' });
  expect(placed.locality).toBe('eu/1');
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
  const input = { trust: sampleTrust, node: N1, endpoints, policyDigest: 'p', for: needs };
  expect(buildSnapshot(input).services.map(({ key, virtual }) => [key, virtual])).toEqual([
    [db, undefined],
    [web, { address: '127.80.0.1', port: 80 }],
  ]);
});

test('the same view gives the same bytes, in whatever order its parts came', () => {
  const some = Array.from({ length: 6 }, (_, n) =>
    endpoint(`n1/${n}`, { labels: n % 2 === 0 ? { a: '1', b: '2' } : { b: '2', a: '1' } }),
  );
  const login = new TestIssuer();
  const issuers = ['b', 'a', 'c'].map((name) => login.authentication({ name }));
  const bytesOf = (order: readonly Endpoint[], reversed: boolean): string => {
    const turn = <T>(items: readonly T[]): readonly T[] => (reversed ? items.toReversed() : items);
    const trust = {
      ...sampleTrust,
      services: turn(sampleTrust.services),
      authentications: turn(issuers),
    };
    const labels = order.map((e) => ({
      ...e,
      labels: Object.fromEntries(turn(Object.entries(e.labels))),
    }));
    const upstreams = turn([web, db]);
    return JSON.stringify(
      buildSnapshot({ trust, node: N1, endpoints: labels, policyDigest: 'p', for: { upstreams } }),
    );
  };
  const expected = bytesOf(some, false);
  const property = fc.property(
    fc.shuffledSubarray(some, { minLength: some.length }),
    fc.boolean(),
    (order, reversed) => bytesOf(order, reversed) === expected,
  );
  fc.assert(property, { seed: 3, numRuns: 200 });
});

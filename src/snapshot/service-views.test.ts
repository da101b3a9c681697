import { expect, test } from 'bun:test';
import type { ServiceKey } from '../core/index.ts';
import { claimOn, N1, N2, sampleTrust, ToldRegistry } from '../registry/testing/index.ts';
import { buildSnapshot, deltaBetween, ServiceViews, type Snapshot } from './index.ts';

const web = 'shop/web' as ServiceKey;
const db = 'shop/db' as ServiceKey;

/** What a sidecar that calls both services sees from one moment to the next. */
function watched() {
  const told = new ToldRegistry();
  const views = new ServiceViews();
  for (const node of [N1, N2]) told.sayNode(node);
  for (const key of ['a', 'b', 'c']) told.sayEndpoint(N2, key);
  const see = (trust = sampleTrust, addresses = new Map<ServiceKey, string>()): Snapshot =>
    buildSnapshot({
      trust,
      node: N1,
      policyDigest: 'p',
      views,
      offered: (service) => told.registry.offered(service),
      for: { upstreams: [web, db], addresses },
    });
  return { told, see };
}

const serviceOf = ({ services }: Snapshot, key: ServiceKey) =>
  services.find((service) => service.key === key);
const fresh = (snapshot: Snapshot): Snapshot => structuredClone(snapshot);

test('what did not change is the same value, for whichever sidecar', () => {
  const { told, see } = watched();
  const before = see();
  expect(see().services).toEqual(before.services);
  expect(serviceOf(see(), web)).toBe(serviceOf(before, web) as never);
  told.sayEndpoint(N2, 'b', claimOn(N2, { port: 40_001 }));
  const after = see();
  expect(serviceOf(after, db)).toBe(serviceOf(before, db) as never);
  const [was, is] = [before, after].map((each) => serviceOf(each, web)?.endpoints ?? []);
  expect(is?.map((endpoint, at) => endpoint === was?.[at])).toEqual([true, false, true]);
});

test('endpoints that come, go, return and change are those that a fresh look finds', () => {
  const { told, see } = watched();
  const steps: readonly (() => void)[] = [
    () => void told.sayEndpoint(N1, 'z'),
    () => void told.sayEndpoint(N2, 'a', claimOn(N2, { ready: false })),
    () => told.withdraw(N2, 'b'),
    () => void told.sayEndpoint(N2, 'a'),
    () => void told.sayEndpoint(N2, 'c', claimOn(N2, { labels: { version: 'v2' } })),
    () => told.hold(N2, 'dead'),
    () => told.hold(N2, 'alive'),
    () => told.forgetNode(N2),
  ];
  for (const step of steps) {
    const before = fresh(see());
    step();
    expect(see()).toEqual(seenAnew(told));
    expect(deltaBetween(before, see())).not.toEqual({});
  }
});

const seenAnew = ({ registry }: ToldRegistry): Snapshot =>
  buildSnapshot({
    trust: sampleTrust,
    node: N1,
    policyDigest: 'p',
    offered: (service) => registry.offered(service),
    for: { upstreams: [web, db] },
  });

test('what a sidecar is not shown is no change: a weight, a reason, the same said again', () => {
  const { told, see } = watched();
  const before = see();
  told.sayEndpoint(N2, 'a', claimOn(N2, { weight: 7, locality: 'eu/1' }));
  told.sayEndpoint(N2, 'b');
  expect(serviceOf(see(), web)?.endpoints).toBe(serviceOf(before, web)?.endpoints as never);
  expect(deltaBetween(before, see())).toEqual({});
});

test('other rules, and an address for one workload alone, are seen at once', () => {
  const { see } = watched();
  const before = see();
  const [first, ...others] = sampleTrust.services;
  if (first === undefined) throw new Error('the sample has services');
  const trust = { ...sampleTrust, services: [{ ...first, requestTimeoutMs: 1 }, ...others] };
  expect(deltaBetween(before, see(trust))).toMatchObject({ services: [{ requestTimeoutMs: 1 }] });
  const named = see(trust, new Map([[web, '127.80.0.1']]));
  expect(serviceOf(named, web)?.virtual?.address).toBe('127.80.0.1');
  expect(serviceOf(see(trust), web)).not.toHaveProperty('virtual');
  const without = see({ ...trust, services: others });
  expect(deltaBetween(named, without)).toEqual({ gone: [web] });
});

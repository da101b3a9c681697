import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { entriesOf } from '../crypto/testing/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import { N2, WEB } from '../registry/testing/sample-trust.ts';
import { deltaBetween, snapshotDigest } from './index.ts';
import { SNAPSHOT_LIMITS } from './limits.ts';
import type { Snapshot } from './snapshot.ts';
import { type SnapshotDelta, withDelta } from './snapshot-delta.ts';
import { anySnapshots, endpointAt, serviceWith, snapshotWith } from './testing/index.ts';

const ids = (count: number, prefix = 'n1/endpoint/') =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(6, '0')}`);
const changed = (before: Snapshot, delta: SnapshotDelta): Snapshot => {
  const next = withDelta(before, delta);
  if (!next.ok) throw new Error(next.error);
  return next.value;
};
/** As it is for somebody who has never seen any of it. */
const freshDigest = (snapshot: Snapshot) => snapshotDigest(structuredClone(snapshot));

test('whatever becomes of a snapshot, its changes make the same one, with the same digest', () => {
  let told = 0;
  const property = fc.property(anySnapshots, (snapshots) => {
    let held = structuredClone(snapshots[0] as Snapshot); // two at least
    for (const [index, after] of snapshots.entries()) {
      const before = snapshots[Math.max(0, index - 1)] as Snapshot;
      const delta = deltaBetween(before, after);
      // As it travels.
      held = delta === undefined ? structuredClone(after) : changed(held, onTheWire(delta));
      told += delta === undefined ? 0 : 1;
      expect(held).toEqual(after);
      expect([snapshotDigest(held), freshDigest(held)]).toEqual([
        freshDigest(after),
        freshDigest(after),
      ]);
    }
  });
  fc.assert(property, { seed: 11, numRuns: 150 });
  expect(told).toBeGreaterThan(500);
});

test('two snapshots have one digest only if they are equal', () => {
  const property = fc.property(anySnapshots, ([a, b]) => {
    if (a === undefined || b === undefined) return false;
    return (snapshotDigest(a) === snapshotDigest(b)) === Bun.deepEquals(a, b);
  });
  fc.assert(property, { seed: 12, numRuns: 150 });
});

test('each part of a snapshot counts in its digest', () => {
  const service = serviceWith('shop/a', [endpointAt('n1/x', 1, 'v1')]);
  const snapshot = snapshotWith([service]);
  const others: readonly Partial<Snapshot>[] = [
    ...[{ trustVersion: 2 }, { trustDigest: 'x' }, { policyDigest: 'x' }, { locality: 'eu/1' }],
    ...[{ bundle: entriesOf('x') }, { policyHeaders: ['x'] }, { risks: { [WEB]: 1 } }],
    ...[{ authentications: [new TestIssuer().authentication()] }, { denyFromMs: 1 }],
    ...[{ protocol: 'tcp' as const }, { identities: [] }, { requestTimeoutMs: 1 }].map((over) => ({
      services: [{ ...service, ...over }],
    })),
    ...[{ node: N2 }, { address: 'x' }, { port: 2 }, { labels: {} }].map((over) => ({
      services: [serviceWith('shop/a', [{ ...endpointAt('n1/x', 1, 'v1'), ...over }])],
    })),
  ];
  const digests = [snapshot, ...others.map((other) => ({ ...snapshot, ...other }))].map(
    freshDigest,
  );
  expect(new Set(digests).size).toBe(1 + others.length);
});

describe('a change', () => {
  const many = serviceWith(
    'shop/many',
    ids(10_000).map((id) => endpointAt(id)),
  );
  const other = serviceWith('shop/other', [endpointAt('n2/endpoint/x')]);
  const before = snapshotWith([many, other]);

  test('of one endpoint of ten thousand says that endpoint, and leaves all else the same value', () => {
    const endpoints = many.endpoints.with(77, endpointAt(many.endpoints[77]?.id ?? '', 2));
    const after = snapshotWith([{ ...many, endpoints }, other]);
    const delta = deltaBetween(before, after) ?? {};
    expect(delta).toEqual({
      endpoints: [{ service: many.key, put: [endpointAt(ids(78)[77] ?? '', 2)] }],
    });
    const next = changed(before, delta);
    expect(snapshotDigest(next)).toBe(freshDigest(after));
    expect(next.services[1]).toBe(other);
    expect(next.bundle).toBe(before.bundle);
    const kept = next.services[0]?.endpoints ?? [];
    expect(kept.filter((endpoint, at) => endpoint !== many.endpoints[at])).toHaveLength(1);
  });

  test('of the rules alone leaves the services the same value', () => {
    const delta = deltaBetween(before, { ...before, trustVersion: 2 }) ?? {};
    expect(Object.keys(delta)).toEqual(['head']);
    expect(changed(before, delta).services).toBe(before.services);
  });

  test('that is longer than the whole is none', () => {
    const left = { ...many, endpoints: many.endpoints.slice(0, 10) };
    expect(deltaBetween(before, snapshotWith([left, other]))).toBeUndefined();
    expect(deltaBetween(before, snapshotWith([other]))).toEqual({ gone: [many.key] });
  });

  test('of a service that is not there is refused', () => {
    const service = serviceWith('shop/none', []).key;
    expect(withDelta(before, { gone: [service] }).ok).toBe(false);
    expect(withDelta(before, { endpoints: [{ service, removed: ['x'] }] })).toEqual({
      ok: false,
      error: 'it changes shop/none, which is not there',
    });
  });

  test('can make a snapshot no larger than a whole one may be', () => {
    const full = Array.from({ length: SNAPSHOT_LIMITS.services }, (_, n) =>
      serviceWith(`shop/${n}`, []),
    );
    expect(withDelta(snapshotWith([]), { services: full }).ok).toBe(true);
    const oneMore = withDelta(snapshotWith([]), { services: [...full, serviceWith('shop/x', [])] });
    expect(oneMore).toEqual({ ok: false, error: 'it makes 258 services' });
    const step = 20_000;
    let held = snapshotWith([serviceWith('shop/a', [])]);
    const grow = (n: number) => {
      const put = ids(step, `n${n}/`).map((id) => endpointAt(id));
      return withDelta(held, { endpoints: [{ service: serviceWith('shop/a', []).key, put }] });
    };
    let n = 0;
    for (let next = grow(n); next.ok; next = grow(n)) {
      held = next.value;
      n += 1;
    }
    expect(n * step).toBe(SNAPSHOT_LIMITS.endpoints);
  });
});

const onTheWire = (delta: SnapshotDelta): SnapshotDelta => JSON.parse(JSON.stringify(delta));

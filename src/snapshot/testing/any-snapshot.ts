import fc from 'fast-check';
import { byText, type Namespace, type ServiceKey } from '../../core/index.ts';
import type { BundleEntry, RevocationLists } from '../../crypto/index.ts';
import { entriesOf } from '../../crypto/testing/index.ts';
import { TestIssuer } from '../../identity/testing/index.ts';
import { N1, N2, sampleTrust, WEB } from '../../registry/testing/sample-trust.ts';
import type { Snapshot, SnapshotEndpoint, SnapshotService } from '../snapshot.ts';

export const endpointAt = (id: string, port = 1, label = ''): SnapshotEndpoint => ({
  id,
  node: N1,
  address: '10.0.0.1',
  port,
  labels: label === '' ? {} : { version: label, '7': 'sorted by itself' },
});

export const serviceWith = (
  key: string,
  endpoints: readonly SnapshotEndpoint[],
  over: Partial<SnapshotService> = {},
): SnapshotService => ({
  key: key as ServiceKey, // well formed, as all here
  protocol: 'http',
  identities: [WEB],
  connectTimeoutMs: 1_000,
  requestTimeoutMs: 15_000,
  ...over,
  endpoints,
});

export const snapshotWith = (
  services: readonly SnapshotService[],
  over: Partial<Snapshot> = {},
): Snapshot => ({
  trustDomain: sampleTrust.trustDomain,
  node: N1,
  trustVersion: 1,
  trustDigest: 'trust',
  bundle: entriesOf('PEM'),
  services,
  policyDigest: 'policies',
  policyHeaders: [],
  authentications: [],
  ...over,
});

const entry: BundleEntry = { pem: 'B', namespaces: ['a' as Namespace] }; // a label

const issuer = new TestIssuer().authentication();

/** Of each kind one, and one as a list of before its version was said. */
export const revoked: RevocationLists = {
  all: [
    { kind: 'workload', spiffeId: WEB, beforeMs: 1_000, version: 7 },
    { kind: 'node', node: N1, beforeMs: 2_000, version: 8 },
    { kind: 'node', node: N2, beforeMs: 3_000 },
    { kind: 'authority', keySha256: 'a'.repeat(64) },
    { kind: 'key', keySha256: 'b'.repeat(64) },
  ],
  byAuthorities: [
    { authorityKeySha256: 'c'.repeat(64), what: { serial: '41ff' }, untilMs: 4_000 },
    { authorityKeySha256: 'c'.repeat(64), what: { keySha256: 'd'.repeat(64) }, untilMs: 5_000 },
  ],
};

const port = fc.integer({ min: 1, max: 3 });
const endpoints = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'n1/é', 'n1/endpoint/x'), port)
  .map((ports) =>
    Object.keys(ports)
      .sort()
      .map((id) => endpointAt(id, ports[id] ?? 1, ports[id] === 3 ? 'v3' : '')),
  );
const virtual = fc.constantFrom({}, { virtual: { address: '127.80.0.1', port: 80 } });
const service = fc.record({ endpoints, virtual, requestTimeoutMs: port });
const rules = fc.record(
  {
    trustVersion: port,
    bundle: fc.subarray([...entriesOf('A', 'B'), { ...entry, untilMs: 1 }]),
    risks: fc.constantFrom({}, { [WEB]: 50 }),
    locality: fc.constantFrom('eu/1', 'eu/2'),
    denyFromMs: port,
    authentications: fc.subarray([issuer]),
    revocations: fc
      .subarray([...revoked.all])
      .map((all) => ({ all, byAuthorities: revoked.byAuthorities })),
  },
  { requiredKeys: ['trustVersion', 'bundle', 'authentications', 'revocations'] },
);

const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(rules, fc.dictionary(fc.constantFrom('shop/a', 'shop/b', 'shop/c'), service))
  .map(([over, services]) =>
    snapshotWith(
      Object.entries(services)
        .toSorted(byText(([key]) => key))
        .map(([key, { endpoints: list, virtual: at, requestTimeoutMs }]) =>
          serviceWith(key, list, { requestTimeoutMs, ...at }),
        ),
      over,
    ),
  );

/** One after the other, of few names, so that all that can become of a part does; they share no value. */
export const anySnapshots: fc.Arbitrary<readonly Snapshot[]> = fc
  .array(anySnapshot, { minLength: 2, maxLength: 12 })
  .map((all) => all.map((one) => structuredClone(one)));

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName, ServiceKey } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import { type Endpoint, registryView } from './index.ts';
import { DB, endpointClaim, N1, N2, nodeClaim, sampleTrust, WEB } from './testing/sample-trust.ts';

const nodes = [
  { writer: N1, value: nodeClaim(N1, '10.0.0.1'), peerId: 'p1', state: 'self' as const },
  { writer: N2, value: nodeClaim(N2, '10.0.0.2'), peerId: 'p2', state: 'alive' as const },
];

const viewOf = (writer: NodeName, value: unknown, trust: TrustSet = sampleTrust) =>
  registryView({ trust, nodes, endpointClaims: [{ writer, key: 'k1', value }] });

const stateOf = (writer: NodeName, value: unknown): Partial<Endpoint> | undefined => {
  const [endpoint] = viewOf(writer, value).endpoints;
  return endpoint && { state: endpoint.state, ...(endpoint.reason && { reason: endpoint.reason }) };
};

test('an endpoint that the trust repository allows is ready when it says so', () => {
  expect(viewOf(N1, endpointClaim()).endpoints).toEqual([
    { ...endpointClaim(), id: 'n1/k1', node: N1, state: 'ready' },
  ]);
  expect(stateOf(N1, endpointClaim({ ready: false }))).toEqual({
    state: 'not-ready',
    reason: 'its application accepts no connections',
  });
});

const db = { service: 'shop/db' as ServiceKey, spiffeId: DB };
const quarantined: readonly (readonly [reason: string, writer: NodeName, claim: unknown])[] = [
  [
    "no Service 'shop/nope' is in the trust repository",
    N1,
    endpointClaim({ service: 'shop/nope' as ServiceKey }),
  ],
  [
    `${WEB} is none of the identities that may serve shop/db`,
    N1,
    endpointClaim({ ...db, spiffeId: WEB }),
  ],
  [`no Registration lets node 'n2' host ${DB}`, N2, endpointClaim({ ...db, address: '10.0.0.2' })],
  ["node 'n3' has not said where it is", 'n3' as NodeName, endpointClaim({ address: '10.0.0.3' })],
  ["10.0.0.1 is no address of node 'n2'", N2, endpointClaim()],
];

test('an endpoint that a rule forbids is quarantined, with the reason in words', () => {
  for (const [reason, writer, claim] of quarantined) {
    expect(stateOf(writer, claim)).toEqual({ state: 'quarantined', reason });
  }
});

test('a registration on several resources adds up, and an address may come from a multiaddr', () => {
  const [web, ...others] = sampleTrust.registrations;
  if (web === undefined) throw new Error('the sample has registrations');
  const registrations = [{ ...web, nodes: [N1] }, { ...web, nodes: [N2] }, ...others];
  const trust = { ...sampleTrust, registrations };
  expect(viewOf(N2, endpointClaim({ address: '10.0.0.2' }), trust).endpoints[0]?.state).toBe(
    'ready',
  );
  const wide = { ...nodeClaim(N1, '10.0.0.1'), addresses: ['/ip6/fd00::1/tcp/7600'] };
  const view = registryView({
    trust,
    nodes: [{ writer: N1, value: wide, peerId: 'p1', state: 'self' }],
    endpointClaims: [{ writer: N1, key: 'k', value: endpointClaim({ address: 'fd00::1' }) }],
  });
  expect(view.endpoints[0]?.state).toBe('ready');
});

test('a claim that makes no sense counts for nothing, and is said to', () => {
  const odd: readonly (readonly [string, unknown])[] = [
    ['expected object', 'nonsense'],
    ['port', { ...endpointClaim(), port: 0 }],
    ['port', { ...endpointClaim(), port: 65_536 }],
    ['address', { ...endpointClaim(), address: 'evil.example' }],
    ['lacks its namespace', { ...endpointClaim(), service: 'web' }],
    ['service', { ...endpointClaim(), service: 'Shop/web' }],
    ['spiffeId', { ...endpointClaim(), spiffeId: 'spiffe://shop.example/../x' }],
    ['labels', { ...endpointClaim(), labels: { 'a b': 'c' } }],
    ['labels', { ...endpointClaim(), labels: { a: 'x'.repeat(64) } }],
    [
      'at most 32 labels',
      {
        ...endpointClaim(),
        labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, 'v'])),
      },
    ],
  ];
  for (const [reason, value] of odd) {
    const { endpoints, rejected } = viewOf(N1, value);
    expect(endpoints).toEqual([]);
    expect(rejected).toEqual([{ id: 'n1/k1', reason: expect.stringContaining(reason) }]);
  }
});

test('thousands of mistakes are told of in one bounded line', () => {
  const labels = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`bad ${n}`, '?']));
  const [rejected] = viewOf(N1, { ...endpointClaim(), labels }).rejected;
  expect(rejected?.reason).toContain('and 4995 more');
  expect(rejected?.reason.length).toBeLessThan(1_001);
});

test('nodes are shown with what they say, and what they may say is bounded', () => {
  const candidate = { certificatePem: 'PEM', onlineKey: '0'.repeat(64) };
  const view = registryView({
    trust: sampleTrust,
    nodes: [
      {
        writer: N2,
        value: { ...nodeClaim(N2, '10.0.0.2'), authority: candidate },
        peerId: 'p2',
        state: 'alive',
      },
      {
        writer: 'n3' as NodeName,
        value: nodeClaim(N1, '10.0.0.3'),
        peerId: 'p3',
        state: 'unreachable',
      },
      { writer: N1, value: nodeClaim(N1, '10.0.0.1'), peerId: 'p1', state: 'self' },
      {
        writer: 'n4' as NodeName,
        peerId: 'p4',
        value: { ...nodeClaim('n4' as NodeName, '10.0.0.4'), addresses: Array(33).fill('/ip4/::') },
        state: 'alive',
      },
    ],
    endpointClaims: [],
  });
  expect(view.nodes).toEqual([
    {
      name: N1,
      state: 'self',
      authority: 'yes',
      addresses: [`/ip4/10.0.0.1/tcp/7600/p2p/p1`],
      version: '0.1.0',
      enforces: { version: 3, digest: 'd'.repeat(64) },
    },
    expect.objectContaining({ name: N2, state: 'alive', authority: 'candidate' }),
    { name: 'n3' as NodeName, state: 'unreachable', authority: 'no', addresses: [] },
    { name: 'n4' as NodeName, state: 'alive', authority: 'no', addresses: [] },
  ]);
  expect([...view.claims.keys()].toSorted()).toEqual([N1, N2]);
  expect(view.rejected).toEqual([
    { id: 'n3/node', reason: "node 'n3' calls itself 'n1'" },
    { id: 'n4/node', reason: expect.stringContaining('addresses') },
  ]);
});

test('a node is dialled under the id that it proved, whatever it says', () => {
  const liar = { ...nodeClaim(N2, '10.0.0.66'), peerId: 'p1' };
  const view = registryView({
    trust: sampleTrust,
    nodes: [
      { writer: N1, value: nodeClaim(N1, '10.0.0.1'), peerId: 'p1', state: 'alive' },
      { writer: N2, value: liar, peerId: 'p2', state: 'alive' },
    ],
    endpointClaims: [],
  });
  expect([...view.claims].map(([name, { peerId }]) => [name, peerId])).toEqual([
    [N1, 'p1'],
    [N2, 'p2'],
  ]);
  expect(view.nodes[1]?.addresses).toEqual(['/ip4/10.0.0.66/tcp/7600/p2p/p2']);
});

test('services list every endpoint that claims them, by state', () => {
  const claims = [
    endpointClaim(),
    endpointClaim({ ready: false }),
    endpointClaim({ spiffeId: DB }),
  ];
  const view = registryView({
    trust: sampleTrust,
    nodes,
    endpointClaims: claims.map((value, index) => ({ writer: N1, key: `k${index}`, value })),
  });
  expect(view.services.map(({ service, name, endpoints }) => [service, name, endpoints])).toEqual([
    ['shop/db' as ServiceKey, undefined, { ready: 0, notReady: 0, quarantined: 0 }],
    ['shop/web' as ServiceKey, 'web.shop.mesh:80', { ready: 1, notReady: 1, quarantined: 1 }],
  ]);
});

const someClaim = fc.record({
  writer: fc.constantFrom(N1, N2, 'n3' as NodeName),
  key: fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }),
  value: fc.record({
    service: fc.constantFrom('shop/web', 'shop/db', 'shop/nope'),
    spiffeId: fc.constantFrom(WEB, DB),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'x'),
    port: fc.constantFrom(0, 1),
    ready: fc.boolean(),
    labels: fc.constant({}),
  }),
});

test('an endpoint is ready only if every rule holds', () => {
  const hostOf: Record<string, string> = { n1: '10.0.0.1', n2: '10.0.0.2' };
  const allowed = ({ service, spiffeId, node, address, port }: Endpoint): boolean =>
    ((service === 'shop/web' && spiffeId === WEB) ||
      (service === 'shop/db' && spiffeId === DB && node === 'n1')) &&
    hostOf[node] === address &&
    port > 0;
  const property = fc.property(fc.array(someClaim, { maxLength: 8 }), (endpointClaims) => {
    const { endpoints } = registryView({ trust: sampleTrust, nodes, endpointClaims });
    return endpoints.every(
      (endpoint) =>
        (endpoint.state === 'quarantined') !== allowed(endpoint) &&
        (endpoint.state !== 'ready' || endpoint.ready) &&
        (endpoint.state === 'ready') === (endpoint.reason === undefined),
    );
  });
  fc.assert(property, { seed: 5, numRuns: 1_000 });
});

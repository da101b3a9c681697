import { beforeEach, expect, test } from 'bun:test';
import type { NodeName, ServiceKey } from '../core/index.ts';
import {
  createAuthorityCertificate,
  generatePrivateKey,
  type PrivateKey,
} from '../crypto/index.ts';
import { seededRandom } from '../ports/testing/index.ts';
import {
  claimOn,
  DB,
  endpointClaim,
  N1,
  N2,
  nodeClaim,
  sampleTrust,
  ToldRegistry,
  WEB,
} from './testing/index.ts';

const N3 = 'n3' as NodeName;
const WEB_SERVICE = 'shop/web' as ServiceKey;
const DB_SERVICE = 'shop/db' as ServiceKey;
const NO_SERVICE = 'shop/nope' as ServiceKey;

let told: ToldRegistry;
beforeEach(() => {
  told = new ToldRegistry();
  told.sayNode(N1);
  told.sayNode(N2);
});

test('an endpoint that the trust repository allows is ready when it says so', () => {
  told.sayEndpoint(N1, 'k1');
  expect(told.registry.endpointsOf(WEB_SERVICE)).toEqual([
    { id: 'n1/endpoint/k1', node: N1, claim: claimOn(N1), state: 'ready', reason: undefined },
  ]);
  told.sayEndpoint(N1, 'k1', claimOn(N1, { ready: false }));
  expect(told.registry.endpointsOf(WEB_SERVICE)).toMatchObject([
    { state: 'not-ready', reason: 'its application accepts no connections' },
  ]);
  told.sayEndpoint(N1, 'k1', claimOn(N1, { draining: true }));
  expect(told.registry.endpointsOf(WEB_SERVICE)).toMatchObject([{ state: 'draining' }]);
});

const db = { service: DB_SERVICE, spiffeId: DB };
const forbidden: readonly (readonly [reason: string, node: NodeName, claim: unknown])[] = [
  ["no Service 'shop/nope' is in the trust repository", N1, endpointClaim({ service: NO_SERVICE })],
  [
    `${WEB} is none of the identities that may serve shop/db`,
    N1,
    endpointClaim({ ...db, spiffeId: WEB }),
  ],
  [`no Registration lets node 'n2' host ${DB}`, N2, endpointClaim({ ...db, address: '10.0.0.2' })],
  ["node 'n3' has not said where it is", N3, endpointClaim({ address: '10.0.0.3' })],
  ["10.0.0.1 is no address of node 'n2'", N2, endpointClaim()],
];

test('an endpoint that a rule forbids is quarantined, with the reason in words', () => {
  for (const [reason, node, claim] of forbidden) {
    told.sayEndpoint(node, 'k', claim);
    expect(told.registry.endpointsOn(node)).toMatchObject([{ state: 'quarantined', reason }]);
  }
});

test('an address may come from a multiaddr, and counts as soon as the node says it', () => {
  told.sayEndpoint(N1, 'k', claimOn(N1, { address: 'fd00::1' }));
  expect(told.statesOf(WEB_SERVICE)).toEqual({ 'n1/endpoint/k': 'quarantined' });
  told.sayNode(N1, { ...nodeClaim(N1, '10.0.0.1'), addresses: ['/ip6/fd00::1/tcp/7600'] });
  expect(told.statesOf(WEB_SERVICE)).toEqual({ 'n1/endpoint/k': 'ready' });
  told.forgetNode(N1);
  expect(told.statesOf(WEB_SERVICE)).toEqual({ 'n1/endpoint/k': 'quarantined' });
});

test('other rules count at once, and a registration on several resources adds up', () => {
  told.sayEndpoint(N2, 'k');
  const [web, ...others] = sampleTrust.registrations;
  if (web === undefined) throw new Error('the sample has registrations');
  const only = (...nodes: NodeName[]) => nodes.map((node) => ({ ...web, nodes: [node] }));
  told.registry.trust({ ...sampleTrust, registrations: [...only(N1), ...others] });
  expect(told.offered(WEB_SERVICE)).toEqual([]);
  told.registry.trust({ ...sampleTrust, registrations: [...only(N1, N2), ...others] });
  expect(told.offered(WEB_SERVICE)).toEqual(['n2/endpoint/k']);
  told.registry.trust({ ...sampleTrust, services: [] });
  expect(told.offered(WEB_SERVICE)).toEqual([]);
});

test('an endpoint that claims another service is gone from the first one', () => {
  told.sayEndpoint(N1, 'k');
  told.sayEndpoint(N1, 'k', endpointClaim(db));
  expect(told.offered(WEB_SERVICE)).toEqual([]);
  expect(told.offered(DB_SERVICE)).toEqual(['n1/endpoint/k']);
});

test('nodes are shown with what they say, under the peer id that they proved', () => {
  const candidate = { certificatePem: 'PEM', onlineKey: '0'.repeat(64) };
  told.sayNode(N2, { ...nodeClaim(N2, '10.0.0.2'), authority: candidate, peerId: 'id-1' });
  told.hold(N2, 'dead');
  expect(told.sayNode(N3, nodeClaim(N1, '10.0.0.3'))).toBe("node 'n3' calls itself 'n1'");
  told.sayNode(N3, nodeClaim(N3, '10.0.0.3'), 'other');
  expect(told.registry.nodeViews()).toEqual([
    {
      name: N1,
      state: 'self',
      authority: 'yes',
      addresses: ['/ip4/10.0.0.1/tcp/7600/p2p/id-1'],
      version: '0.1.0',
      enforces: { version: 3, digest: 'd'.repeat(64) },
    },
    expect.objectContaining({
      name: N2,
      state: 'dead',
      authority: 'candidate',
      addresses: ['/ip4/10.0.0.2/tcp/7600/p2p/id-2'],
    }),
  ]);
  expect(told.registry.node(N2)).toMatchObject({ peerId: 'id-2', epoch: 1, boot: 1 });
});

/** As what n1 is shown that says it has this certificate. */
function shownWith(certificatePem: string) {
  const authority = { certificatePem, onlineKey: '0'.repeat(64) };
  told.sayNode(N1, { ...nodeClaim(N1, '10.0.0.1'), authority });
  return told.registry.nodeViews()[0]?.authority;
}

test('a node whose keys are not those that make it an authority is none, whatever its name', () => {
  expect(['PEM', 'OTHER', 'PEM'].map((pem) => shownWith(pem))).toEqual(['yes', 'candidate', 'yes']);
});

test('it is one by another certificate of the same key, as an enterprise signs it', () => {
  const certificateOf = (key: PrivateKey<'p256'>, seed: number) =>
    createAuthorityCertificate({
      key,
      trustDomain: sampleTrust.trustDomain,
      node: N1,
      now: told.clock.now(),
      lifeMs: 1_000,
      random: seededRandom(seed),
    });
  const [key, another] = [generatePrivateKey('p256'), generatePrivateKey('p256')];
  const certificates = [{ pem: certificateOf(key, 1) }];
  const authorities = sampleTrust.authorities.map((one) => ({ ...one, certificates }));
  told = new ToldRegistry({ ...sampleTrust, authorities });
  expect(shownWith(certificateOf(key, 2))).toBe('yes');
  expect(shownWith(certificateOf(another, 2))).toBe('candidate');
});

test('services list every endpoint that claims them, by state', () => {
  for (const [key, over] of [
    ['a', {}],
    ['b', { ready: false }],
    ['c', { draining: true }],
    ['d', { spiffeId: DB }],
  ] as const) {
    told.sayEndpoint(N1, key, claimOn(N1, over));
  }
  told.sayEndpoint(N2, 'e');
  told.hold(N2, 'left');
  const none = { ready: 0, notReady: 0, unreachable: 0, quarantined: 0 };
  expect(
    told.registry
      .serviceViews()
      .map(({ service, name, endpoints }) => [`${service}`, name, endpoints]),
  ).toEqual([
    ['shop/db', undefined, none],
    ['shop/web', 'web.shop.mesh:80', { ready: 1, notReady: 2, unreachable: 1, quarantined: 1 }],
  ]);
});

test('what was handed out stays as it was', () => {
  told.sayEndpoint(N1, 'a');
  const before = [told.registry.endpointsOf(WEB_SERVICE), told.registry.offered(WEB_SERVICE)];
  told.sayEndpoint(N1, 'b');
  told.withdraw(N1, 'a');
  for (const list of before) expect(list.map(({ id }) => id)).toEqual(['n1/endpoint/a']);
  expect(told.offered(WEB_SERVICE)).toEqual(['n1/endpoint/b']);
});

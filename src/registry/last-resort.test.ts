import { beforeEach, expect, test } from 'bun:test';
import type { NodeName, ServiceKey, SpiffeId } from '../core/index.ts';
import { MAX_OFFERED_PER_NODE } from './endpoint-table.ts';
import { claimOn, N1, N2, ToldRegistry } from './testing/index.ts';

const WEB = 'shop/web' as ServiceKey;
const N3 = 'n3' as NodeName;

let told: ToldRegistry;
beforeEach(() => {
  told = new ToldRegistry();
  for (const node of [N2, N3]) {
    told.sayNode(node);
    told.sayEndpoint(node, 'web');
  }
});

test('while a node lives or is only suspected, its endpoints get traffic', () => {
  told.hold(N2, 'suspect');
  expect(told.offered(WEB)).toEqual(['n2/endpoint/web', 'n3/endpoint/web']);
});

test('of two nodes, one dead, only the living one’s endpoint gets traffic, and it is said why', () => {
  told.hold(N2, 'dead');
  expect(told.offered(WEB)).toEqual(['n3/endpoint/web']);
  expect(told.registry.endpointsOn(N2)).toMatchObject([
    {
      state: 'unreachable',
      reason: "node 'n2' is dead: used only while no other endpoint is ready",
    },
  ]);
});

test('of a node that was dead and has left, it is said that it left', () => {
  told.hold(N2, 'dead');
  told.hold(N2, 'left');
  expect(told.registry.endpointsOn(N2)[0]?.reason).toStartWith("node 'n2' has left");
});

test('when both are dead or have left, both endpoints get traffic: sidecars may serve without their node', () => {
  told.hold(N2, 'dead');
  told.hold(N3, 'left');
  expect(told.offered(WEB)).toEqual(['n2/endpoint/web', 'n3/endpoint/web']);
});

test('the first ready one takes over from the last resort, and a revived node’s is back at once', () => {
  told.hold(N2, 'dead');
  told.hold(N3, 'dead');
  told.sayNode(N1);
  told.sayEndpoint(N1, 'web');
  expect(told.offered(WEB)).toEqual(['n1/endpoint/web']);
  told.withdraw(N1, 'web');
  told.hold(N2, 'alive');
  expect(told.offered(WEB)).toEqual(['n2/endpoint/web']);
  told.hold(N3, 'alive');
  expect(told.offered(WEB)).toEqual(['n2/endpoint/web', 'n3/endpoint/web']);
});

test('what is not ready, drains or is quarantined is no last resort', () => {
  told.sayEndpoint(N2, 'web', claimOn(N2, { ready: false }));
  told.sayEndpoint(N2, 'old', claimOn(N2, { draining: true }));
  told.sayEndpoint(N3, 'web', claimOn(N3, { address: '10.0.0.9' }));
  told.hold(N2, 'dead');
  told.hold(N3, 'dead');
  expect(told.offered(WEB)).toEqual([]);
});

test('a node whose record comes after the news of its death is taken for dead', () => {
  const n4 = 'n4' as NodeName;
  told.hold(n4, 'dead');
  told.sayEndpoint(n4, 'web');
  expect(told.statesOf(WEB)['n4/endpoint/web']).toBe('quarantined'); // nobody knows where it is
  told.sayNode(n4);
  expect(told.statesOf(WEB)['n4/endpoint/web']).toBe('unreachable');
});

test('what a node says that may not serve leaves the list of those that get traffic the very same', () => {
  const before = told.registry.offered(WEB);
  const none = 'spiffe://mesh.example/ns/shop/sa/none' as SpiffeId;
  for (let n = 0; n < 5; n++) {
    told.sayEndpoint(N3, `forbidden-${n}`, claimOn(N3, { spiffeId: none }));
    expect(told.registry.offered(WEB)).toBe(before);
  }
  expect(told.registry.endpointsOf(WEB)).toHaveLength(7);
  told.sayEndpoint(N3, 'web', claimOn(N3, { port: 4_444 }));
  expect(told.registry.offered(WEB)).not.toBe(before);
});

test('a node that makes up thousands of endpoints leaves the others theirs', () => {
  for (let n = 0; n < 1_000; n++) told.sayEndpoint(N3, `made-up-${n}`, claimOn(N3));
  const offered = told.registry.offered(WEB).map(({ node }) => node);
  expect(offered.filter((node) => node === N2)).toHaveLength(1);
  expect(offered.filter((node) => node === N3)).toHaveLength(MAX_OFFERED_PER_NODE);
  told.hold(N2, 'dead');
  told.hold(N3, 'dead');
  expect(told.registry.offered(WEB)).toHaveLength(1 + MAX_OFFERED_PER_NODE);
});

import { beforeEach, expect, test } from 'bun:test';
import type { ServiceKey } from '../core/index.ts';
import type { RegistryChange } from './change-stream.ts';
import { claimOn, N1, N2, sampleTrust, ToldRegistry } from './testing/index.ts';

const WEB = 'shop/web' as ServiceKey;
const DB = 'shop/db' as ServiceKey;

let told: ToldRegistry;
let heard: RegistryChange[];
beforeEach(() => {
  told = new ToldRegistry();
  for (const node of [N1, N2]) told.sayNode(node);
  told.clock.advance(20);
  heard = [];
  told.registry.onChange((change) => heard.push(change));
});

/** What was told since it was asked last. */
function told20MsLater(): unknown {
  told.clock.advance(20);
  return heard.splice(0).map(({ services, nodes }) => [[...services], [...nodes]]);
}

test('changes that come together are told once, with what they concern', () => {
  for (let n = 0; n < 50; n++) told.sayEndpoint(N1, `k${n}`);
  expect(heard).toHaveLength(0);
  expect(told20MsLater()).toEqual([[[WEB], []]]);
  told.clock.advance(1_000);
  expect(heard).toHaveLength(0);
});

test('however fast changes come, they are told at most 50 times a second, the last one included', () => {
  for (let n = 0; n < 1_000; n++) {
    told.sayEndpoint(N1, 'k', claimOn(N1, { port: n + 1 }));
    told.clock.advance(1);
  }
  told.clock.advance(20);
  expect(heard.length).toBeWithin(40, 52);
});

test('who asks in between sees what is now, told or not', () => {
  told.sayEndpoint(N1, 'k');
  expect(told.offered(WEB)).toHaveLength(1);
});

test('a service is told of when an endpoint leaves it, a node when it or its state is another', () => {
  told.sayEndpoint(N1, 'k');
  told20MsLater();
  told.sayEndpoint(N1, 'k', claimOn(N1, { service: DB }));
  expect(told20MsLater()).toEqual([[[WEB, DB], []]]);
  told.withdraw(N1, 'k');
  expect(told20MsLater()).toEqual([[[DB], []]]);
  told.sayEndpoint(N2, 'k');
  told20MsLater();
  told.hold(N2, 'dead');
  expect(told20MsLater()).toEqual([[[WEB], [N2]]]);
  told.forgetNode(N2);
  expect(told20MsLater()).toEqual([[[WEB], [N2]]]);
});

test('nothing is told of what makes no difference', () => {
  told.sayEndpoint(N2, 'k');
  told20MsLater();
  told.withdraw(N2, 'other');
  told.hold('n9' as typeof N1, 'dead');
  told.forgetNode('n9' as typeof N1);
  expect(told20MsLater()).toEqual([]);
  told.hold(N2, 'suspect'); // of a node that is told: people see it
  expect(told20MsLater()).toEqual([[[], [N2]]]);
});

test('other rules concern all services, those that are gone too', () => {
  told.registry.trust({ ...sampleTrust, services: [] });
  expect(told20MsLater()).toEqual([
    [
      [WEB, DB],
      [N1, N2],
    ],
  ]);
});

test('a listener that fails keeps the news from nobody, and does not end the node', () => {
  const after: RegistryChange[] = [];
  told.registry.onChange(() => {
    throw new Error('the disk is full');
  });
  told.registry.onChange((change) => after.push(change));
  told.sayEndpoint(N1, 'k');
  told.clock.advance(20);
  expect([heard.length, after.length]).toEqual([1, 1]);
  expect(told.log.lines.at(-1)).toMatchObject({
    level: 'error',
    message: 'a change was not followed',
  });
});

test('after the end nothing is told, not even what was pending', () => {
  told.sayEndpoint(N1, 'k');
  told.registry.stop();
  told.sayEndpoint(N1, 'other');
  told.clock.advance(1_000);
  expect(heard).toEqual([]);
});

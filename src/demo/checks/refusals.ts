import type { EndpointView } from '../../admin/index.ts';
import { realClock } from '../../platform/index.ts';
import { openTrap, type StrangerAtDoor, turnRogue } from '../attackers/index.ts';
import { expectThat } from '../errors.ts';
import type { Listening } from '../listening.ts';
import { identityOf, keyOf, nodePlan } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import { type Check, ENOUGH_ANSWERS } from './check.ts';
import { refuseImpostor } from './impostor-refusal.ts';
import { refuseNonsense, refuseStrangers } from './stranger-refusal.ts';
import { refuseIntruders } from './tls-refusals.ts';
import { awaitAnswers, expectNoFailure, loadService, underLoad } from './under-load.ts';

const NEWS_TIMEOUT_MS = 10_000;
const INSTANCE = 'free-money';

export const refusals: Check = {
  number: 5,
  title: 'those who may not come in do not, and a member cannot take another’s traffic',
  run: async (shop) => {
    const refused = [
      ...(await refuseIntruders(shop)),
      ...(await refuseImpostor(shop)),
      ...(await refuseNonsense(shop)),
      ...(await refuseRogue(shop)),
    ];
    return `refused, each beside one that is not: ${refused.join(', ')}`;
  },
};

/** A member announces an endpoint of payments that leads to a trap; nobody may come there. */
async function refuseRogue(shop: Shop): Promise<string[]> {
  const { address } = nodePlan('rogue');
  await shop.nodes.join('rogue');
  const door = await doorOf(shop, 'n1');
  const trap = await openTrap(address);
  const rogue = await turnRogue(shop.nodes.dataDirectory('rogue'), address);
  try {
    const strangers = await refuseStrangers(door, rogue, async () => {
      rogue.announce(INSTANCE, {
        service: keyOf('payments'),
        spiffeId: identityOf('payments'),
        address,
        port: trap.port,
        ready: true,
        draining: false,
        labels: {},
        weight: 100,
      });
      const reason = await awaitQuarantine(shop);
      expectThat(reason !== '', 'the false endpoint is quarantined without a reason');
    });
    await expectNoVisitors(shop, trap);
    return [...strangers, 'a member’s false endpoint (quarantined, 0 connections)'];
  } finally {
    await rogue.stop();
    await trap.close();
  }
}

/** A node's peer id and addresses, as every member knows them. */
async function doorOf(shop: Shop, name: 'n1'): Promise<StrangerAtDoor> {
  const node = (await shop.nodes.nodes(name)).find((found) => found.name === name);
  const [first = ''] = node?.addresses ?? [];
  const id = /\/p2p\/(\w+)$/.exec(first)?.[1];
  expectThat(id !== undefined, `${name} says no peer id among its addresses: ${first}`);
  const addresses = (node?.addresses ?? []).map((address) => address.replace(/\/p2p\/.*$/, ''));
  return { id, addresses };
}

/** Waits until the callers' node holds the claim, and returns why it does not use it. */
async function awaitQuarantine(shop: Shop): Promise<string> {
  return waitFor(realClock, 'n3 to hear of the false endpoint', NEWS_TIMEOUT_MS, async () => {
    const found = (await shop.nodes.endpoints('n3')).find(isFalse);
    if (found === undefined) return notYet('nothing of it');
    expectThat(found.state === 'quarantined', `the false endpoint is ${found.state} at n3`);
    return there(found.reason ?? '');
  });
}

const isFalse = ({ node, service }: EndpointView): boolean =>
  node === 'rogue' && service === keyOf('payments');

async function expectNoVisitors(shop: Shop, trap: Listening): Promise<void> {
  const load = loadService(shop, 'payments', 'beside-the-trap');
  const report = await underLoad(load, () => awaitAnswers(load, ENOUGH_ANSWERS, 'of payments'));
  expectNoFailure(report);
  expectThat(trap.accepted() === 0, `${trap.accepted()} connections went to the false endpoint`);
}

import { expectThat } from '../errors.ts';
import { Governors } from '../governors.ts';
import { MESH_NODES, WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import type { Check } from './check.ts';
import { expectSale, writeHours } from './hours-file.ts';

const ON = { sale: 'on', stocktaking: false } as const;
const OVER = { sale: 'over', stocktaking: false } as const;

/**
 * Three govern, two must sign. What one of them signs changes nothing, however often, and a key of nobody's counts
 * nowhere; the second signature puts it in force, and each node is asked whether `rollout` says the truth. In the end one
 * governs alone again, and this change is not said to have arrived while a node is held still.
 */
export const quorum: Check = {
  number: 14,
  title: 'of three governors one signature changes nothing; two do, and it is proven on all nodes',
  run: async (shop) => {
    const governors = new Governors(shop.stage, shop.nodes);
    await letThreeGovern(governors);
    const id = await governors.propose('n1', 'governor', 'apply', '-f', writeHours(shop, OVER));
    await refuseTooFew(shop, governors, id);
    await governors.approve('n3', 'carol', id);
    const tookMs = await expectArrived(shop, governors);
    await expectSale(shop, 403);
    await letOneGovern(shop, governors);
    await shop.nodes.apply(writeHours(shop, ON));
    await expectArrived(shop, governors);
    await expectSale(shop, 200);
    return (
      '1 of 2 signed: sale 200 and no new version, also after the same key and one of nobody (refused); 2 of 2, at ' +
      `another node: sale 403, enforced on n1, n2 and n3 and all their sidecars ${tookMs} ms after publication; ` +
      'while n3 was held still, rollout said so'
    );
  },
};

async function letThreeGovern(governors: Governors): Promise<void> {
  await Promise.all(['bob', 'carol', 'mallory'].map((name) => governors.makeKey(name)));
  const keys = ['bob', 'carol'].map((name) => governors.publicHalfOf(name));
  const add = ['governor', 'add', ...keys, '--threshold', '2'];
  const id = await governors.propose('n1', 'governor', ...add); // two of the new ones must sign as well
  await governors.approve('n1', 'bob', id);
  await governors.rollout('n1', 'arrived');
}

/** Neither a stranger's key nor the same one again is the second signature. */
async function refuseTooFew(shop: Shop, governors: Governors, id: string): Promise<void> {
  await governors.awaitSigned('n3', id, 1);
  const before = await versions(shop);
  const stranger = await governors.approveInVain('n3', 'mallory', id);
  expectThat(stranger.includes('NOT_A_GOVERNOR'), `a key of nobody: ${stranger}`);
  const again = await governors.approve('n3', 'governor', id);
  const isOpen = /1 of 2 signed \(governor\); 1 more of bob, carol/.test(again);
  expectThat(isOpen, `the same key signed twice: ${again}`);
  const { state } = (await governors.proposal('n1', id)) ?? {};
  expectThat(state === 'open', `with one signature the proposal is ${state}`);
  const after = await versions(shop);
  expectThat(after === before, `one signature led from version ${before} to ${after}`);
  await expectSale(shop, 200);
}

const versions = async (shop: Shop): Promise<string> =>
  (await Promise.all(MESH_NODES.map((node) => shop.nodes.status(node))))
    .map(({ trust }) => trust.version)
    .join(', ');

/** Waits for the rollout, and asks each node and its sidecars whether it was told truly; returns what it took. */
async function expectArrived(shop: Shop, governors: Governors): Promise<number> {
  const { version, tookMs, have } = await governors.rollout('n1', 'arrived');
  expectThat(tookMs !== undefined, `version ${version} arrived, and nobody says how fast`);
  expectThat(have >= MESH_NODES.length, `version ${version} arrived on ${have} nodes only`);
  for (const node of MESH_NODES) {
    const { trust, workloads } = await shop.nodes.status(node);
    const enforced = [trust.version, ...workloads.map(({ enforces }) => enforces)];
    const lag = enforced.filter((one) => one !== Number(version));
    expectThat(lag.length === 0, `${node} is said to enforce ${version}, and has ${lag.join()}`);
  }
  return Math.round(tookMs.last);
}

async function letOneGovern(shop: Shop, governors: Governors): Promise<void> {
  const remove = ['governor', 'remove', 'bob', 'carol', '--threshold', '1'];
  const id = await governors.propose('n1', 'governor', ...remove);
  await shop.nodes.holding('n3', async (letGo) => {
    await governors.approve('n1', 'bob', id);
    const { complete, nodes } = await governors.rollout('n1', 'now');
    const held = nodes.find(({ name }) => name === 'n3');
    expectThat(!complete && held?.has === false, 'it is said to have arrived at a node held still');
    letGo();
    await governors.rollout('n1', 'arrived');
  });
  await shop.awaitReady('n1', WORKLOADS);
}

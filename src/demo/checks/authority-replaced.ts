import { expectThat } from '../errors.ts';
import { Governors } from '../governors.ts';
import { LATECOMER } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { type Check, ENOUGH_ANSWERS } from './check.ts';
import { awaitVersion, issuerOf } from './latecomer.ts';
import { awaitAnswers, expectNoFailure, loadService, underLoad } from './under-load.ts';

/**
 * An authority is lost for good: it dies, its key counts no more, and another node takes its place, while requests
 * go on whose SVIDs it had signed in part. Its host then comes back from its disk, as a member without that power.
 */
export const authorityReplaced: Check = {
  number: 17,
  title: 'authority n1 is lost and taken out under load; n3 takes its place; n1 is a member still',
  run: async (shop) => {
    const governors = new Governors(shop.stage, shop.nodes);
    let issuer = '';
    const load = loadService(shop, 'catalog', 'authority-replaced');
    const report = await underLoad(load, async () => {
      await awaitAnswers(load, ENOUGH_ANSWERS, 'before n1 is lost');
      await shop.nodes.kill('n1');
      await shop.nodes.addAuthority('n3', 'n2');
      await shop.nodes.removeAuthority('n1', 'n2');
      await governors.rollout('n2', 'arrived');
      const { inbound } = await shop.workloads.start(LATECOMER);
      await shop.awaitReady('n3', [LATECOMER]);
      await awaitVersion(shop, LATECOMER.version ?? '');
      issuer = await issuerOf(inbound);
      await shop.workloads.stop(LATECOMER.name);
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after n3 took its place');
    });
    expectNoFailure(report);
    expectThat(issuer === 'n3', `catalog v3 got its SVID from ${issuer}`);
    await expectMemberOnly(shop, governors);
    return (
      `${report.answered} requests, 0 failed; catalog v3 has its SVID from n3; ` +
      'n1 came back without a token, and enforces what took its power'
    );
  },
};

async function expectMemberOnly(shop: Shop, governors: Governors): Promise<void> {
  await shop.nodes.start('n1');
  await governors.rollout('n2', 'arrived');
  const n1 = (await shop.nodes.nodes('n2')).find(({ name }) => name === 'n1');
  expectThat(n1 !== undefined && n1.authority !== 'yes', `n1 is back, and is ${n1?.authority}`);
}

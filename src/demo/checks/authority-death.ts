import { expectThat } from '../errors.ts';
import { LATECOMER } from '../plan.ts';
import { type Check, ENOUGH_ANSWERS } from './check.ts';
import { awaitVersion, issuerOf } from './latecomer.ts';
import { awaitAnswers, byVersion, expectNoFailure, loadService, underLoad } from './under-load.ts';

export const authorityDeath: Check = {
  number: 6,
  title: 'kill -9 of n1 under load between the others; a new workload gets its SVID from n2',
  run: async (shop) => {
    let issuer = '';
    const load = loadService(shop, 'catalog', 'authority-death');
    const report = await underLoad(load, async () => {
      await awaitAnswers(load, ENOUGH_ANSWERS, 'before n1 dies');
      await shop.nodes.kill('n1');
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after n1 died');
      const { inbound } = await shop.workloads.start(LATECOMER);
      await shop.awaitReady('n3', [LATECOMER]);
      await awaitVersion(shop, LATECOMER.version ?? '');
      issuer = await issuerOf(inbound);
      await shop.workloads.stop(LATECOMER.name);
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after catalog v3 left again');
    });
    expectNoFailure(report);
    expectThat(issuer === 'n2', `catalog v3 got its SVID from ${issuer}`);
    return `${report.answered} requests (${byVersion(report)}), 0 failed; catalog v3 has its SVID from n2`;
  },
};

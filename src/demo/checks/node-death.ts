import { realClock } from '../../platform/index.ts';
import { sendThenRead } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { payload, payloadTotal } from '../payload.ts';
import { WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import { CALL_TIMEOUT_MS, type Check, ENOUGH_ANSWERS } from './check.ts';
import { awaitAnswers, byVersion, expectNoFailure, loadService, underLoad } from './under-load.ts';

const NOTICED_TIMEOUT_MS = 10_000;
const ENTRY_BYTES = 100_000;

export const nodeDeath: Check = {
  number: 9,
  title: 'kill -9 of n3’s node process: the traffic of its sidecars goes on',
  run: async (shop) => {
    const load = loadService(shop, 'catalog', 'node-death');
    const report = await underLoad(load, async () => {
      await awaitAnswers(load, ENOUGH_ANSWERS, 'before the node dies');
      await shop.nodes.kill('n3');
      await awaitNoticed(shop);
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after the node died');
      await useLedger(shop);
      await shop.nodes.start('n3');
      await shop.awaitReady('n3', WORKLOADS);
      await shop.awaitReady('n2', WORKLOADS);
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after the node came back');
    });
    expectNoFailure(report);
    return `${report.answered} requests (${byVersion(report)}), 0 failed; the ledger too; n3 came back and its sidecars with it`;
  },
};

/** The others know that the node is gone, and what it hosts is their last resort: its sidecars really are alone. */
async function awaitNoticed(shop: Shop): Promise<void> {
  await waitFor(realClock, 'n2 to notice that n3 is gone', NOTICED_TIMEOUT_MS, async () => {
    const n3 = (await shop.nodes.nodes('n2')).find(({ name }) => name === 'n3');
    const hosted = (await shop.nodes.endpoints('n2')).filter(({ node }) => node === 'n3');
    const preferred = hosted.filter(({ state }) => state === 'ready');
    if (n3?.state === 'dead' && preferred.length === 0) return there(undefined);
    return notYet(`n3 is ${n3?.state}, and ${preferred.length} of its endpoints are ready`);
  });
}

/** A new TCP connection between a sidecar of the dead node and one of a living one. */
async function useLedger(shop: Shop): Promise<void> {
  const port = shop.workloads.upstream('ledger-tcp');
  const got = await sendThenRead({ port }, payload(ENTRY_BYTES), CALL_TIMEOUT_MS);
  expectThat(
    got.sha256 === payloadTotal(ENTRY_BYTES).sha256,
    'the ledger gave something else back',
  );
}

import { realClock } from '../../platform/index.ts';
import { holdTcp, sendThenRead } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { payload } from '../payload.ts';
import { NAMESPACE, WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { Check } from './check.ts';
import { awaitLedgerOpen, closeOpen } from './live-cut.ts';

const REVOKED = 'ledger';
const SERVICE = 'ledger-tcp';
const AGAIN_TIMEOUT_MS = 10_000;
const ENTRY_BYTES = 1_000;
const ENTRY_TIMEOUT_MS = 3_000;

/** A workload's identity may have been stolen: what is open with it ends, and only what is attested anew gets it again. */
export const revocation: Check = {
  number: 15,
  title: 'a revoked workload loses its open connection, and is itself again once attested anew',
  run: async (shop) => {
    const held = holdTcp(shop.workloads.upstream(SERVICE), 'an entry without an end');
    await awaitLedgerOpen(shop, held);
    const name = `${NAMESPACE}/${SERVICE}`;
    const cut = await closeOpen(shop, [{ service: SERVICE, held }], 'ended', () =>
      shop.nodes.revokeWorkload(name),
    );
    expectThat((await entry(shop)) !== 'kept', 'the revoked ledger took an entry');
    await shop.workloads.stop(REVOKED);
    const plans = WORKLOADS.filter((plan) => plan.name === REVOKED);
    for (const plan of plans) await shop.workloads.start(plan);
    await shop.awaitReady('n3', plans);
    await waitFor(realClock, 'the ledger to take entries again', AGAIN_TIMEOUT_MS, async () => {
      const seen = await entry(shop);
      return seen === 'kept' ? there(undefined) : notYet(seen);
    });
    return (
      `its open connection was cut ${cut.sinceStartMs} ms after \`selvage revoke\` began; ` +
      'no new one until it was started anew'
    );
  },
};

/** What comes of an entry in the ledger: `kept`, or how it failed. */
async function entry(shop: Shop): Promise<string> {
  const port = shop.workloads.upstream(SERVICE);
  return await sendThenRead({ port }, payload(ENTRY_BYTES), ENTRY_TIMEOUT_MS).then(
    ({ bytes }) => (bytes === ENTRY_BYTES ? 'kept' : `${bytes} of ${ENTRY_BYTES} bytes came back`),
    (error: Error) => error.message,
  );
}

import { realClock } from '../../platform/index.ts';
import { holdTcp, sendThenRead } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { payload } from '../payload.ts';
import { NAMESPACE, WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { Check } from './check.ts';
import { awaitLedgerOpen, breakOpen } from './live-cut.ts';

const REVOKED = 'ledger';
const SERVICE = 'ledger-tcp';
const SECOND_MS = 1_000;
const AGAIN_TIMEOUT_MS = 10_000;
const ENTRY_BYTES = 1_000;
const ENTRY_TIMEOUT_MS = 3_000;

/** A workload's identity may have been stolen: what is open with it ends, and only what is started anew gets it again. */
export const revocation: Check = {
  number: 15,
  title: 'a revoked workload loses its open connection, and is itself again once started anew',
  run: async (shop) => {
    const held = holdTcp(shop.workloads.upstream(SERVICE), 'an entry without an end');
    await awaitLedgerOpen(shop, held);
    const name = `${NAMESPACE}/${SERVICE}`;
    const { child } = shop.workloads.get(REVOKED);
    const cut = await breakOpen([{ service: SERVICE, held }], () =>
      shop.nodes.revokeWorkload(name),
    );
    const cutAtMs = realClock.now();
    await child.exited; // with its sidecar: nothing of it stays
    expectThat((await entry(shop)) !== 'kept', 'the revoked ledger took an entry');
    // What is started in the very second of the revocation counts as older.
    await waitFor(realClock, 'its second to be over', 2 * SECOND_MS, () =>
      realClock.now() > cutAtMs + SECOND_MS ? there(undefined) : notYet('it is not'),
    );
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

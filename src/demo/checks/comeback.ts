import { realClock } from '../../platform/index.ts';
import { expectThat } from '../errors.ts';
import { MESH_NODES, WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { Check } from './check.ts';
import { callService } from './service-call.ts';

const AGREEMENT_TIMEOUT_MS = 5_000;

export const comeback: Check = {
  number: 7,
  title: 'n1 comes back from its disk without a token, and its state is that of the others',
  run: async (shop) => {
    if (shop.nodes.isRunning('n1')) await shop.nodes.kill('n1');
    const startedMs = realClock.monotonic();
    await shop.nodes.start('n1');
    const digest = await awaitAgreement(shop, startedMs);
    const tookMs = Math.round(realClock.monotonic() - startedMs);
    await shop.awaitReady('n3', WORKLOADS);
    const paid = await callService(shop, 'payments', { method: 'POST', path: '/charge' });
    expectThat(paid.status === 201, `payments on n1 answered ${paid.status} ${paid.text.trim()}`);
    return `n1, n2 and n3 agree on ${digest.slice(0, 12)}… ${tookMs} ms after n1’s start`;
  },
};

/** One digest over rules and records, the same at all nodes. */
async function awaitAgreement(shop: Shop, startedMs: number): Promise<string> {
  const leftMs = AGREEMENT_TIMEOUT_MS - (realClock.monotonic() - startedMs);
  return waitFor(realClock, 'n1, n2 and n3 to have one digest', leftMs, async () => {
    const all = await Promise.all(MESH_NODES.map((name) => shop.nodes.status(name)));
    const digests = all.map(({ trust, records }) => `${records.digest} under ${trust.digest}`);
    const [first = '', ...others] = digests;
    return others.every((digest) => digest === first)
      ? there(first)
      : notYet(MESH_NODES.map((name, index) => `${name} ${digests[index]}`).join(', '));
  });
}

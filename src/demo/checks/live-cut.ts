import { realClock } from '../../platform/index.ts';
import { type HeldOpen, holdAnswer, holdTcp, Talk } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { keyOf, type ServiceName } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';

/** A sidecar decides again within a second of a change. */
const EFFECT_TIMEOUT_MS = 2_000;

interface OpenTo {
  readonly service: ServiceName;
  readonly held: HeldOpen;
}

export interface CutReport {
  /** From the start of the command that took the permission to the last one that was cut. */
  readonly sinceStartMs: number;
  /** From its return; negative when all were cut before. */
  readonly sinceReturnMs: number;
}

/** A TCP connection to the ledger, an answer of the catalog under way and a WebSocket, all known to their service. */
export async function holdOpen(shop: Shop): Promise<readonly OpenTo[]> {
  const { workloads } = shop;
  const news = await holdAnswer(workloads.upstream('catalog'), '/news');
  const talk = await Talk.open(workloads.upstream('helpdesk'), '/desk', EFFECT_TIMEOUT_MS);
  const ledger = holdTcp(workloads.upstream('ledger-tcp'), 'an entry without an end');
  await awaitLedgerOpen(shop, ledger);
  return [
    { service: 'catalog', held: news },
    { service: 'ledger-tcp', held: ledger },
    { service: 'helpdesk', held: talk },
  ];
}

/** Waits until the ledger has that connection, alone. */
export async function awaitLedgerOpen({ nodes }: Shop, ledger: HeldOpen): Promise<void> {
  const labels = { destination: keyOf('ledger-tcp'), direction: 'inbound' };
  await waitFor(realClock, 'the ledger to be open', EFFECT_TIMEOUT_MS, async () => {
    const open = await nodes.sumOfMetrics('selvage_connections_open', labels);
    return open === 1 && ledger.ending() === undefined
      ? there(undefined)
      : notYet(`${open} connections`);
  });
}

/** Runs a change of policies, and waits until it has broken all that is open, and was counted for it. */
export async function closeOpen(
  shop: Shop,
  open: readonly OpenTo[],
  change: () => Promise<void>,
): Promise<CutReport> {
  const cuts = async () => Promise.all(open.map(({ service }) => cutsOf(shop, service)));
  const before = await cuts();
  const report = await breakOpen(open, change);
  const after = await cuts();
  for (const [index, { service }] of open.entries()) {
    const counted = (after[index] ?? 0) - (before[index] ?? 0);
    expectThat(counted > 0, `what was open to ${service} was cut, and not counted`);
  }
  return report;
}

/** Runs a change, and waits until it has broken all that is open. */
export async function breakOpen(
  open: readonly OpenTo[],
  change: () => Promise<void>,
): Promise<CutReport> {
  const startMs = realClock.monotonic();
  await change();
  const returnMs = realClock.monotonic();
  const lastMs = Math.max(...(await Promise.all(open.map(awaitEnd))));
  return {
    sinceStartMs: Math.round(lastMs - startMs),
    sinceReturnMs: Math.round(lastMs - returnMs),
  };
}

const cutsOf = (shop: Shop, service: ServiceName): Promise<number> =>
  shop.nodes.sumOfMetrics('selvage_cut_connections_total', {
    destination: keyOf(service),
    reason: 'policy',
  });

async function awaitEnd({ service, held }: OpenTo): Promise<number> {
  const what = `what is open to ${service} to be cut`;
  const { atMs, how } = await waitFor(realClock, what, EFFECT_TIMEOUT_MS, () => {
    const ending = held.ending();
    return ending === undefined ? notYet('it is open') : there(ending);
  });
  expectThat(how === 'broken', `what was open to ${service} looks as if it had ended by itself`);
  return atMs;
}

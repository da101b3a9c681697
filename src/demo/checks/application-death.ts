import { existsSync, readFileSync } from 'node:fs';
import { isProcessAlive, killProcess, realClock } from '../../platform/index.ts';
import type { Answer, LoadReport } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { SECOND_FRONTEND, WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import { type Check, ENOUGH_ANSWERS } from './check.ts';
import { callService } from './service-call.ts';
import { awaitAnswers, byVersion, loadOrders, loadService, underLoad } from './under-load.ts';

const VICTIM = 'catalog-v1';
const SURVIVOR = 'catalog-v2';
const BYSTANDER = SECOND_FRONTEND.name;
const SLOW_ORDERS = 8;
/** Longer than it takes to see that all are read and to kill; shorter than the request timeout. */
const HOLD_MS = 3_000;
const START_TIMEOUT_MS = 15_000;
const READ_TIMEOUT_MS = 2_000;
const DEATH_TIMEOUT_MS = 2_000;
const WITHDRAWAL_TIMEOUT_MS = 5_000;

interface Order {
  readonly id: string;
  /** Its answer, or why there was none. */
  readonly outcome: Promise<Answer | Error>;
}

/**
 * Three kinds of requests meet the death of an application. Reads go on all the time. Orders that
 * it had read may fail, and may not be sent to another copy: they could be carried out twice. Orders
 * that come once it is gone may not fail, though their caller cannot have heard of it: the node that
 * could tell is held still, and the caller's own sidecar had no request there when it happened.
 */
export const applicationDeath: Check = {
  number: 8,
  title: 'kill -9 of catalog v1’s process: only what it had read may fail',
  run: async (shop) => {
    await startBystander(shop);
    const before = readsOf(shop, VICTIM).size;
    const reading = loadService(shop, 'catalog', 'read');
    let slow: Order[] = [];
    let late: LoadReport | undefined;
    const reads = await underLoad(reading, async () => {
      await awaitAnswers(reading, ENOUGH_ANSWERS, 'before the application dies');
      slow = placeSlowOrders(shop);
      await awaitAllRead(shop, slow);
      late = await orderPastDeath(shop);
      await awaitAnswers(reading, ENOUGH_ANSWERS, 'after the endpoint was withdrawn');
    });
    const lost = await judgeSlowOrders(shop, slow);
    const read = readsOf(shop, VICTIM);
    const unread = [...reads.failures, ...(late?.failures ?? [])].find(({ id }) => !read.has(id));
    const why = `${unread?.id} failed (${unread?.reason}), though catalog v1 had not read it`;
    expectThat(unread === undefined, why);
    await shop.workloads.stop(BYSTANDER);
    await restart(shop);
    return (
      `${reads.answered} reads (${byVersion(reads)}), ${reads.failed} failed; of ${SLOW_ORDERS} open ` +
      `orders the ${lost} that v1 had read failed, none was repeated; ${late?.answered} orders after ` +
      `its death, ${late?.failed} failed; v1 had read ${read.size - before} requests`
    );
  },
};

/** A second frontend, whose sidecar is told of the catalog and does not call it all the time. */
async function startBystander(shop: Shop): Promise<void> {
  await shop.workloads.start(SECOND_FRONTEND);
  const call = { method: 'GET', path: '/products', caller: BYSTANDER } as const;
  await waitFor(realClock, `${BYSTANDER} to serve`, START_TIMEOUT_MS, () =>
    callService(shop, 'catalog', call).then(
      ({ status }) => (status === 200 ? there(undefined) : notYet(String(status))),
      (error: Error) => notYet(error.message),
    ),
  );
}

/** Ids of the requests that a copy of the catalog has read so far. */
function readsOf(shop: Shop, name: string): ReadonlySet<string> {
  const { reads } = shop.workloads.get(name);
  return new Set(existsSync(reads) ? readFileSync(reads, 'utf8').split('\n').slice(0, -1) : []);
}

function placeSlowOrders(shop: Shop): Order[] {
  const path = `/orders?holdMs=${HOLD_MS}`;
  return Array.from({ length: SLOW_ORDERS }, (_, index) => {
    const id = `slow-order-${index}`;
    const headers = { 'x-request-id': id };
    const order = callService(shop, 'catalog', { method: 'POST', path, headers });
    return { id, outcome: order.catch((error: Error) => error) };
  });
}

async function awaitAllRead(shop: Shop, orders: readonly Order[]): Promise<void> {
  await waitFor(realClock, 'all orders to be read', READ_TIMEOUT_MS, () => {
    const read = new Set([...readsOf(shop, VICTIM), ...readsOf(shop, SURVIVOR)]);
    const unread = orders.filter(({ id }) => !read.has(id));
    return unread.length === 0 ? there(undefined) : notYet(`${unread.length} are not`);
  });
}

async function killApplication(shop: Shop): Promise<void> {
  const pid = shop.workloads.applicationPid(VICTIM);
  killProcess(pid);
  await waitFor(realClock, `process ${pid} to be gone`, DEATH_TIMEOUT_MS, () =>
    isProcessAlive(pid) ? notYet('it is there') : there(undefined),
  );
}

/** Kills the application, and orders before anyone has heard of it, and after everyone has. */
function orderPastDeath(shop: Shop): Promise<LoadReport> {
  const { plan } = shop.workloads.get(VICTIM);
  return shop.nodes.holding(plan.node, async (letGo) => {
    await killApplication(shop);
    const orders = loadOrders(shop, BYSTANDER, 'late-order');
    return underLoad(orders, async () => {
      await awaitAnswers(orders, ENOUGH_ANSWERS, 'to orders while its endpoint is still there');
      letGo();
      await shop.awaitGone('n3', plan, WITHDRAWAL_TIMEOUT_MS);
      await shop.awaitGone('n1', plan, WITHDRAWAL_TIMEOUT_MS);
      await awaitAnswers(orders, ENOUGH_ANSWERS, 'to orders after the endpoint was withdrawn');
    });
  });
}

/** What the victim had read failed and went nowhere else; the rest was carried out. Returns how many failed. */
async function judgeSlowOrders(shop: Shop, orders: readonly Order[]): Promise<number> {
  const victims = readsOf(shop, VICTIM);
  const survivors = readsOf(shop, SURVIVOR);
  let lost = 0;
  for (const { id, outcome } of orders) {
    const answer = await outcome;
    const seen = answer instanceof Error ? answer.message : String(answer.status);
    if (!victims.has(id)) {
      expectThat(seen === '201', `${id}, which catalog v1 never read, gave ${seen}`);
      continue;
    }
    lost += 1;
    expectThat(!survivors.has(id), `${id} was read by catalog v1, and then sent to v2 as well`);
    expectThat(seen !== '201', `${id} was answered by nobody that could have`);
  }
  expectThat(lost > 0, 'none of the open orders was at catalog v1');
  return lost;
}

async function restart(shop: Shop): Promise<void> {
  const { child } = shop.workloads.get(VICTIM);
  await child.exited;
  const plan = WORKLOADS.filter(({ name }) => name === VICTIM);
  for (const one of plan) await shop.workloads.start(one);
  await shop.awaitReady('n3', plan);
}

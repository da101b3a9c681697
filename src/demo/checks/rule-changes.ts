import { readFileSync } from 'node:fs';
import { realClock } from '../../platform/index.ts';
import { expectThat } from '../errors.ts';
import { MESH_NODES, WORKLOADS } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { Check } from './check.ts';
import { expectSale, writeHours } from './hours-file.ts';
import { type CutReport, closeOpen, holdOpen } from './live-cut.ts';
import { callService } from './service-call.ts';

const AUDITED = 'orders-need-a-user';
const ORDERS = 3;
const TAKEN_UP_TIMEOUT_MS = 5_000;

/**
 * One signed change ends a sale by the clock and closes what is open to the ledger, the news and the helpdesk; the next
 * one gives all of it back. Meanwhile a rule in audit mode is counted and logged, and refuses nobody.
 */
export const ruleChanges: Check = {
  number: 10,
  title: 'a change of the rules ends what is open; hours bind; audit mode only counts',
  run: async (shop) => {
    await awaitEnforced(shop);
    const audited = await audit(shop);
    await expectSale(shop, 200);
    const cut = await cutOnce(shop);
    await expectSale(shop, 200);
    for (const { held } of await holdOpen(shop)) held.close();
    return (
      `${audited}; sale 200, its hours over 403; an open ledger connection, a half-read answer and a WebSocket cut ` +
      `${cut.sinceStartMs} ms after \`selvage apply\` began and ${describeReturn(cut.sinceReturnMs)}, ` +
      'and permitted again by the next one'
    );
  },
};

/** Takes the permission of what is open, tells how long that took, and gives the permission back. */
export async function cutOnce(shop: Shop): Promise<CutReport> {
  const open = await holdOpen(shop);
  try {
    const cut = await closeOpen(shop, open, () => changeHours(shop, 'over'));
    await awaitEnforced(shop);
    await expectSale(shop, 403);
    return cut;
  } finally {
    for (const { held } of open) held.close();
    await changeHours(shop, 'on');
    await awaitEnforced(shop);
  }
}

const describeReturn = (ms: number): string =>
  ms < 0 ? `${-ms} ms before it returned` : `${ms} ms after it returned`;

/** The governor signs other hours. `over` also takes stock. */
async function changeHours(shop: Shop, sale: 'on' | 'over'): Promise<void> {
  await shop.nodes.apply(writeHours(shop, { sale, stocktaking: sale === 'over' }));
}

/** Orders without a user: carried out, and counted at both ends. */
async function audit(shop: Shop): Promise<string> {
  const counted = (direction: string) =>
    shop.nodes.sumOfMetrics('selvage_audit_decisions_total', { policy: AUDITED, direction });
  const before = { out: await counted('outbound'), in: await counted('inbound') };
  for (let order = 1; order <= ORDERS; order += 1) {
    const { status } = await callService(shop, 'catalog', { method: 'POST', path: '/orders' });
    expectThat(status === 201, `an order that audit mode only counts gave ${status}`);
  }
  const out = (await counted('outbound')) - before.out;
  const into = (await counted('inbound')) - before.in;
  const seen = `${ORDERS} orders were audited ${out} times where they left, ${into} where they arrived`;
  expectThat(out === ORDERS && into === ORDERS, seen);
  const log = readFileSync(`${shop.stage.logs}/frontend.log`, 'utf8');
  const isLogged = log
    .split('\n')
    .some((line) => /"audited by/.test(line) && line.includes(AUDITED));
  expectThat(isLogged, 'an audited order is not in the log');
  return `${ORDERS} orders of nobody 201, audited at both ends`;
}

/** Every sidecar is attached, and decides by what was signed last. */
async function awaitEnforced(shop: Shop): Promise<void> {
  const what = 'all sidecars to have what was signed last';
  await waitFor(realClock, what, TAKEN_UP_TIMEOUT_MS, async () => {
    const all = await Promise.all(MESH_NODES.map((node) => shop.nodes.status(node)));
    const newest = Math.max(...all.map(({ trust }) => trust.version));
    const attached = all.flatMap(({ workloads }) => workloads);
    const expected = WORKLOADS.length + (shop.hasFiles ? 1 : 0);
    const ready = attached.filter(({ enforces }) => enforces === newest);
    return ready.length === attached.length && ready.length >= expected
      ? there(undefined)
      : notYet(`${attached.length} are attached, ${ready.length} enforce version ${newest}`);
  });
}

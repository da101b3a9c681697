import { realClock } from '../../platform/index.ts';
import { type Load, type LoadReport, startLoad } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import type { ServiceName } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';

const CONCURRENCY = 8;
const ANSWERS_TIMEOUT_MS = 15_000;

/** The calls that the shop's customers make all day. */
const ORDINARY = {
  catalog: { method: 'GET', path: '/products' },
  payments: { method: 'POST', path: '/charge' },
} as const;

/** What may not be carried out twice. */
const ORDER = { method: 'POST', path: '/orders' };

/** Loads a service through the frontend's sidecar. */
export function loadService(shop: Shop, service: keyof typeof ORDINARY, name: string): Load {
  const port = shop.workloads.upstream(service satisfies ServiceName);
  return startLoad({ port, concurrency: CONCURRENCY, name, request: ORDINARY[service] });
}

/** Orders from the catalog through the caller's sidecar. */
export function loadOrders(shop: Shop, caller: string, name: string): Load {
  const port = shop.workloads.upstream('catalog', caller);
  return startLoad({ port, concurrency: CONCURRENCY, name, request: ORDER });
}

/** Waits until `count` more requests have been answered well from now on. */
export async function awaitAnswers(load: Load, count: number, when: string): Promise<void> {
  const before = load.report().answered;
  await waitFor(realClock, `${count} answers ${when}`, ANSWERS_TIMEOUT_MS, () => {
    const { answered, failed } = load.report();
    const seen = `${answered - before} answers, ${failed} failures`;
    return answered - before >= count ? there(undefined) : notYet(seen);
  });
}

/** Runs `during` while `load` goes on, and ends the load whatever happens. */
export async function underLoad(load: Load, during: () => Promise<unknown>): Promise<LoadReport> {
  let report: LoadReport;
  try {
    await during();
  } finally {
    report = await load.stop();
  }
  return report;
}

export function expectNoFailure({ failed, failures, answered }: LoadReport): void {
  const first = failures[0];
  const why = first === undefined ? '' : `: ${first.id} after ${first.atMs} ms: ${first.reason}`;
  expectThat(failed === 0, `${failed} of ${answered + failed} requests failed${why}`);
}

/** `v1 812, v2 809`. */
export const byVersion = ({ byVersion }: LoadReport): string =>
  Object.entries(byVersion)
    .sort()
    .map(([version, count]) => `${version} ${count}`)
    .join(', ');

import { status } from '@grpc/grpc-js';
import { realClock } from '../../platform/index.ts';
import { type Outcome, StockClient, type Watch } from '../clients/stock-client.ts';
import { expectThat } from '../errors.ts';
import { identityOf } from '../plan.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import { CALL_TIMEOUT_MS, type Check } from './check.ts';

const ITEM = 'bobbin';
/** Of a watch that is left to its deadline. */
const DEADLINE_MS = 200;
const LEVELS = 20;
const ARRIVAL_TIMEOUT_MS = 2_000;

export const grpcCalls: Check = {
  number: 12,
  title: 'gRPC: calls, streams and trailers pass, a cancel arrives, and policies rule each method',
  run: async (shop) => {
    const stock = new StockClient(shop.workloads.upstream('stock'), CALL_TIMEOUT_MS);
    try {
      const count = await call(stock);
      const cancelled = await watchAndLeave(stock);
      await watchToDeadline(stock);
      const refusal = await refill(stock, count);
      return (
        `${count} bobbins counted, and said by whom in trailers; NOT_FOUND for a unicorn; ${LEVELS} levels ` +
        `watched, known to the stock as cancelled after ${cancelled} ms; a deadline kept at both ends; ${refusal}`
      );
    } finally {
      stock.close();
    }
  },
};

/** One question that has an answer, and one that has none: what the stock says of both comes in trailers. */
async function call(stock: StockClient): Promise<number> {
  const counted = await stock.ask('count', ITEM);
  expectCode(counted, status.OK, 'counting');
  const { count, said } = counted;
  expectThat(count !== undefined && count > 0, `the stock has ${count} of ${ITEM}`);
  expectThat(said['x-counted-by'] === 'stock', 'a trailer got lost');
  const peer = said['x-selvage-peer'];
  expectThat(peer === identityOf('stock'), `it was answered by ${peer}`);
  const unknown = await stock.ask('count', 'unicorn');
  expectCode(unknown, status.NOT_FOUND, 'counting unicorns');
  expectThat(unknown.details === 'there is no unicorn', `of unicorns it says ${unknown.details}`);
  return count;
}

/** Returns how many milliseconds after the cancel the stock knew of it. */
async function watchAndLeave(stock: StockClient): Promise<number> {
  const watch = stock.watch(ITEM);
  await waitFor(realClock, `${LEVELS} levels of ${ITEM}`, ARRIVAL_TIMEOUT_MS, () =>
    watch.counts.length >= LEVELS ? there(undefined) : notYet(`${watch.counts.length} levels`),
  );
  await awaitWatchers(stock, 1);
  const leftMs = realClock.monotonic();
  watch.cancel();
  await awaitWatchers(stock, 0);
  const tookMs = Math.round(realClock.monotonic() - leftMs);
  expectCode(await watch.outcome, status.CANCELLED, 'a watch that was cancelled');
  return tookMs;
}

async function watchToDeadline(stock: StockClient): Promise<void> {
  const watch: Watch = stock.watch(ITEM, DEADLINE_MS);
  expectCode(await watch.outcome, status.DEADLINE_EXCEEDED, 'a watch beyond its deadline');
  expectThat(watch.counts.length > 0, 'nothing was heard before the deadline');
  await awaitWatchers(stock, 0);
}

async function awaitWatchers(stock: StockClient, wanted: number): Promise<void> {
  await waitFor(realClock, `${wanted} to watch ${ITEM}`, ARRIVAL_TIMEOUT_MS, async () => {
    const { count } = await stock.ask('watchers', ITEM);
    return count === wanted ? there(undefined) : notYet(`${count} do`);
  });
}

/** A method that no policy permits: its client is told so in gRPC's words, and the stock stays as it is. */
async function refill(stock: StockClient, before: number): Promise<string> {
  const { code, details, said } = await stock.ask('refill', ITEM);
  expectThat(code === status.PERMISSION_DENIED, `nothing permits a refill, but it gave ${code}`);
  const reason = said['x-selvage-reason'];
  expectThat(reason === 'denied-by-policy', `a refill was refused for ${reason}`);
  expectThat(details.startsWith(`${reason}: `), `its client reads only: ${details}`);
  const { count } = await stock.ask('count', ITEM);
  expectThat(count === before, `a refill that was refused made ${before} into ${count}`);
  return `a refill PERMISSION_DENIED, ${reason}`;
}

function expectCode({ code, details }: Outcome, wanted: status, doing: string): void {
  expectThat(code === wanted, `${doing} gave ${status[code]}: ${details}`);
}

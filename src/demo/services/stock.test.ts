import { afterAll, beforeAll, expect, test } from 'bun:test';
import { logVerbosity, setLogVerbosity, status } from '@grpc/grpc-js';
import { realClock } from '../../platform/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import { StockClient } from '../clients/stock-client.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { RunningService } from './index.ts';
import { startStock } from './stock.ts';

let stock: RunningService;
let client: StockClient;

beforeAll(async () => {
  stock = await startStock({ port: 0 });
  client = new StockClient(stock.port, 5_000);
});

afterAll(async () => {
  client.close();
  await stock.close();
});

const watchers = async () => (await client.ask('watchers', 'bobbin')).count;
const nobodyWatches = () =>
  waitFor(realClock, 'nobody to watch', 2_000, async () => {
    const count = await watchers();
    return count === 0 ? there(undefined) : notYet(`${count} do`);
  });

test('the stock counts, says in trailers who did, and knows what it does not have', async () => {
  const counted = await client.ask('count', 'heddle');
  expect(counted).toMatchObject({ code: status.OK, count: 7, said: { 'x-counted-by': 'stock' } });
  expect(await client.ask('count', 'unicorn')).toMatchObject({
    code: status.NOT_FOUND,
    details: 'there is no unicorn',
    count: undefined,
  });
});

test('a refill is seen by whoever counts', async () => {
  expect(await client.ask('refill', 'shuttle')).toMatchObject({ count: 112 });
  expect(await client.ask('count', 'shuttle')).toMatchObject({ count: 112 });
});

test('levels are told until the watcher cancels, and the stock notices', async () => {
  const watch = client.watch('bobbin');
  await eventually('some levels', () => watch.counts.length >= 5);
  expect(await watchers()).toBe(1);
  watch.cancel();
  expect(await watch.outcome).toMatchObject({ code: status.CANCELLED });
  await nobodyWatches();
});

test('a watch ends at its deadline', async () => {
  const watch = client.watch('bobbin', 50);
  expect(await watch.outcome).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  await nobodyWatches();
});

test('a port that is taken is an error', async () => {
  setLogVerbosity(logVerbosity.NONE); // it tells the console too
  await expect(startStock({ port: stock.port })).rejects.toThrow();
});

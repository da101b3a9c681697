import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../ports/testing/index.ts';
import { callHttp, holdAnswer, sendThenRead } from '../clients/index.ts';
import { payload, payloadTotal } from '../payload.ts';
import {
  type RunningService,
  startCatalog,
  startFrontend,
  startLedger,
  startPayments,
} from './index.ts';
import { startStock } from './stock.ts';

const directory = mkdtempSync(join(tmpdir(), 'services-'));
const reads = join(directory, 'reads');
const running: RunningService[] = [];
let catalog: RunningService;
let frontend: RunningService;
let ledger: RunningService;
const timeoutMs = 5_000;

beforeAll(async () => {
  catalog = await startCatalog({ port: 0, version: 'v7', reads });
  const payments = await startPayments({ port: 0 });
  const stock = await startStock({ port: 0 });
  const upstreams = { catalog: catalog.port, payments: payments.port, stock: stock.port };
  frontend = await startFrontend({ port: 0, upstreams });
  ledger = await startLedger({ port: 0 });
  running.push(catalog, payments, stock, frontend, ledger);
});

afterAll(async () => {
  await Promise.all(running.map((service) => service.close()));
  rmSync(directory, { recursive: true });
});

test('the catalog answers with its version and with who called, as its sidecar says', async () => {
  const headers = { 'x-selvage-peer': 'spiffe://shop.example/ns/shop/sa/frontend' };
  const { port } = catalog;
  const answer = await callHttp({ port, method: 'GET', path: '/products', headers, timeoutMs });
  expect(answer.status).toBe(200);
  expect(answer.headers['x-version']).toBe('v7');
  expect(JSON.parse(answer.text)).toMatchObject({
    version: 'v7',
    calledBy: headers['x-selvage-peer'],
    products: expect.arrayContaining(['heddle']),
  });
});

test('the id of a request is on disk before its answer', async () => {
  const { port } = catalog;
  const headers = { 'x-request-id': 'held-1' };
  const path = '/orders?holdMs=60000';
  const held = callHttp({ port, method: 'POST', path, headers, timeoutMs: 300 });
  await expect(held).rejects.toThrow('no whole answer within 300 ms');
  expect(readFileSync(reads, 'utf8')).toContain('held-1\n');
});

for (const size of [0, 65_536, 3_000_001]) {
  test(`a body of ${size} bytes is sent and taken whole, with a length and chunked`, async () => {
    const { port } = catalog;
    const want = payloadTotal(size);
    for (const length of [size, undefined]) {
      const body = { blocks: payload(size), ...(length === undefined ? {} : { length }) };
      const sent = await callHttp({ port, method: 'POST', path: '/bodies', body, timeoutMs });
      const framing = length === undefined ? 'chunked' : 'length';
      expect(JSON.parse(sent.text)).toEqual({ ...want, framing });
      const path = `/bodies/${size}?framing=${framing}`;
      const got = await callHttp({ port, method: 'GET', path, timeoutMs });
      expect(got.body).toEqual(want);
      expect(got.headers['transfer-encoding'] ?? 'length').toBe(framing);
    }
  });
}

test('the frontend shows what the services behind it said', async () => {
  const { port } = frontend;
  const get = async (path: string) =>
    JSON.parse((await callHttp({ port, method: 'GET', path, timeoutMs })).text);
  expect(await get('/products?note=hi')).toMatchObject({ version: 'v7' });
  expect((await get('/products?note=hi')).answer).toMatchObject({ note: 'hi' });
  expect(await get('/stock?item=shuttle')).toMatchObject({ code: 0, count: 12 });
  expect(await get('/stock?item=unicorn')).toMatchObject({ details: 'there is no unicorn' });
  expect((await get('/pay')).answer).toMatchObject({ charged: true });
  expect((await get('/admin')).answer).toMatchObject({ secrets: 'the takings' });
});

test('the ledger answers with all it was sent, and only after the end of it', async () => {
  expect(await sendThenRead(ledger, payload(300_000), timeoutMs)).toEqual(payloadTotal(300_000));
  const { createConnection } = await import('node:net');
  const socket = createConnection({ port: ledger.port, host: '127.0.0.1' });
  const heard: string[] = [];
  socket.on('data', (chunk) => heard.push(String(chunk)));
  socket.write('unfinished');
  await sendThenRead(ledger, payload(10), timeoutMs); // one whole exchange later
  expect(heard).toEqual([]);
  socket.destroy();
});

test('the news are told line by line, for as long as somebody listens', async () => {
  const news = await holdAnswer(catalog.port, '/news');
  expect(news.ending()).toBeUndefined();
  news.close();
  await eventually('the news to be closed', () => news.ending() !== undefined);
});

import { expect, test } from 'bun:test';
import { createServer } from 'node:http';
import { listenOn } from '../listening.ts';
import { MetricsPage, readMetrics } from './metrics.ts';

const page = new MetricsPage(`# TYPE cut_total counter
cut_total{destination="shop/ledger",reason="policy",workload="a"} 2
cut_total{destination="shop/ledger",reason="policy",workload="b"} 3
cut_total{destination="shop/ledger",reason="context",workload="b"} 5
cut_total_more{destination="shop/ledger",reason="policy"} 7
`);

test('samples with all of the labels are added, of this family only', () => {
  expect(page.sum('cut_total', { destination: 'shop/ledger', reason: 'policy' })).toBe(5);
  expect(page.sum('cut_total', { destination: 'shop/ledger' })).toBe(10);
  expect(page.sum('cut_total', { destination: 'shop/catalog' })).toBe(0);
});

test('a page is read to its end, however long', async () => {
  const filler = `# ${'-'.repeat(100)}\n`.repeat(10_000);
  const server = createServer((_, response) =>
    response.end(`${filler}cut_total{reason="policy"} 4\n`),
  );
  const listening = await listenOn(server, '127.0.0.1', 0);
  const read = await readMetrics({ host: '127.0.0.1', port: listening.port });
  await listening.close();
  expect(read.sum('cut_total', { reason: 'policy' })).toBe(4);
});

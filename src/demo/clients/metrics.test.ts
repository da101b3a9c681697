import { expect, test } from 'bun:test';
import { MetricsPage } from './metrics.ts';

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

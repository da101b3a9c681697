import { expect, test } from 'bun:test';
import { readFamilies } from './metric-family.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { SummedMetrics } from './summed-metrics.ts';

const HITS = { name: 'selvage_hits_total', help: 'Hits', labels: ['path'] } as const;
const OPEN = { name: 'selvage_open', help: 'Open now', labels: [] } as const;
const TIMES = { name: 'selvage_seconds', help: 'Times', labels: [], buckets: [1, 2] } as const;

function process(hits: number, open: number): Metrics {
  const metrics = createMetrics();
  metrics.meter.counter(HITS).add({ path: '/a' }, hits);
  metrics.meter.gauge(OPEN).set({}, open);
  metrics.meter.histogram(TIMES).observe({}, 1.5);
  return metrics;
}

/** The values of all samples by name and labels, as a node reads them. */
function read(sums: SummedMetrics): Record<string, number> {
  const families = readFamilies(sums.json());
  if (!families.ok) throw new Error(families.error);
  const samples = families.value.flatMap((family) => family.samples);
  return Object.fromEntries(
    samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
  );
}

test('counters, gauges and histograms of several processes are added, series by series', async () => {
  const sums = new SummedMetrics();
  const other = process(2, 5);
  other.meter.counter(HITS).add({ path: '/b' }, 7);
  sums.update('one', await process(1, 3).json());
  sums.update('two', await other.json());
  expect(read(sums)).toMatchObject({
    'selvage_hits_total /a': 3,
    'selvage_hits_total /b': 7,
    selvage_open: 8,
    'selvage_seconds_bucket 1': 0,
    'selvage_seconds_bucket 2': 2,
    'selvage_seconds_bucket +Inf': 2,
    selvage_seconds_count: 2,
    selvage_seconds_sum: 3,
  });
});

test('what a process says replaces what it said before', async () => {
  const sums = new SummedMetrics();
  sums.update('one', await process(1, 1).json());
  sums.update('one', await process(4, 2).json());
  expect(read(sums)).toMatchObject({ 'selvage_hits_total /a': 4, selvage_open: 2 });
});

test('what a process counted outlives it, what it held does not', async () => {
  const sums = new SummedMetrics();
  for (const name of ['one', 'two', 'three']) {
    sums.update(name, await process(10, 10).json());
    sums.forget(name);
  }
  sums.forget('never there');
  sums.update('four', await process(1, 1).json());
  expect(read(sums)).toMatchObject({
    'selvage_hits_total /a': 31,
    selvage_open: 1,
    selvage_seconds_count: 4,
  });
});

test('nothing that is no metric is taken', () => {
  const sums = new SummedMetrics();
  expect(sums.update('one', [{ name: 'other_exporter' }])).toMatchObject({ ok: false });
  expect(sums.json()).toEqual([]);
});

test('the sum is no larger than what one process may say', () => {
  const sums = new SummedMetrics();
  const series = (prefix: string) =>
    Array.from({ length: 6_000 }, (_, n) => ({ labels: { path: `${prefix}${n}` }, value: 1 }));
  for (const prefix of ['a', 'b']) {
    const values = series(prefix);
    sums.update(prefix, [{ name: HITS.name, help: HITS.help, type: 'counter', values }]);
  }
  expect(readFamilies(sums.json())).toMatchObject({ ok: true });
  expect(Object.keys(read(sums))).toHaveLength(10_256);
});

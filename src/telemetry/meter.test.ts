import { expect, test } from 'bun:test';
import type { Labels } from '../ports/index.ts';
import { createMetrics, TelemetryError } from './index.ts';
import { MAX_SAMPLES } from './meter.ts';

const lines = async (metrics = createMetrics()): Promise<string[]> =>
  (await metrics.exposition()).text.split('\n').filter((line) => /^selvage_/.test(line));

test('equal label values are one series, whichever object carries them', async () => {
  const metrics = createMetrics();
  const counter = metrics.meter.counter({ name: 'selvage_a_total', help: 'a', labels: ['x', 'y'] });
  const kept: Labels<'x' | 'y'> = { x: '1', y: '2' };
  counter.add(kept);
  counter.add(kept, 2);
  counter.add({ y: '2', x: '1' });
  counter.add({ x: '1', y: '2,3' });
  counter.add({ x: '1,2', y: '3' });
  expect(await lines(metrics)).toEqual([
    'selvage_a_total{x="1",y="2"} 4',
    'selvage_a_total{x="1",y="2,3"} 1',
    'selvage_a_total{x="1,2",y="3"} 1',
  ]);
});

test('a gauge that was removed is gone, and comes back when it is set again', async () => {
  const metrics = createMetrics();
  const gauge = metrics.meter.gauge({ name: 'selvage_open', help: 'open', labels: ['kind'] });
  const labels = { kind: 'tcp' };
  gauge.set(labels, 3);
  gauge.remove({ kind: 'tcp' });
  gauge.remove({ kind: 'never' });
  expect(await lines(metrics)).toEqual([]);
  gauge.set(labels, 1);
  expect(await lines(metrics)).toEqual(['selvage_open{kind="tcp"} 1']);
  gauge.remove({ kind: 'tcp' });
  expect(await lines(metrics)).toEqual([]);
});

test('a histogram counts into its buckets', async () => {
  const metrics = createMetrics();
  const spec = { name: 'selvage_d_seconds', help: 'd', labels: [], buckets: [0.1, 1] };
  const histogram = metrics.meter.histogram(spec);
  for (const value of [0.05, 0.5, 5]) histogram.observe({}, value);
  expect(await lines(metrics)).toEqual([
    'selvage_d_seconds_bucket{le="0.1"} 1',
    'selvage_d_seconds_bucket{le="1"} 2',
    'selvage_d_seconds_bucket{le="+Inf"} 3',
    'selvage_d_seconds_sum 5.55',
    'selvage_d_seconds_count 3',
  ]);
});

test('asking twice gives one metric; another kind or other labels under its name are a fault', () => {
  const { meter } = createMetrics();
  const spec = { name: 'selvage_a_total', help: 'a', labels: ['x'] } as const;
  expect(meter.counter(spec)).toBe(meter.counter(spec));
  expect(() => meter.gauge(spec)).toThrow(TelemetryError);
  expect(() => meter.counter({ ...spec, labels: ['y'] })).toThrow('counter(x)');
});

test('series beyond the bound are counted and not kept, and a removed one makes room', async () => {
  const metrics = createMetrics();
  const gauge = metrics.meter.gauge({ name: 'selvage_many', help: 'm', labels: ['n'] });
  for (let n = 0; n < MAX_SAMPLES + 5; n += 1) gauge.set({ n: String(n) }, 1);
  const histogram = metrics.meter.histogram({
    name: 'selvage_d_seconds',
    help: 'd',
    labels: ['x'],
    buckets: [1],
  });
  histogram.observe({ x: 'y' }, 1);
  const full = await lines(metrics);
  expect(full).toHaveLength(MAX_SAMPLES + 2);
  expect(full).toContain('selvage_metrics_overflow_total{metric="selvage_many"} 5');
  expect(full).toContain('selvage_metrics_overflow_total{metric="selvage_d_seconds"} 1');
  for (let n = 0; n < 4; n += 1) gauge.remove({ n: String(n) });
  histogram.observe({ x: 'y' }, 1);
  expect(await lines(metrics)).toContain('selvage_d_seconds_count{x="y"} 1');
});

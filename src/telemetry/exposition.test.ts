import { expect, test } from 'bun:test';
import { createMetrics, type Metrics } from './index.ts';

function requests(count: number, code = '200'): Metrics {
  const metrics = createMetrics();
  const spec = { name: 'selvage_requests_total', help: 'Requests', labels: ['code'] } as const;
  metrics.meter.counter(spec).add({ code }, count);
  return metrics;
}

const overTheWire = async (metrics: Metrics): Promise<unknown> =>
  JSON.parse(JSON.stringify(await metrics.json()));

const family = (over: object = {}) => ({
  name: 'selvage_x',
  help: 'x',
  type: 'gauge',
  values: [{ labels: {}, value: 1 }],
  ...over,
});

test('sidecars’ series stand beside the node’s own, under one heading and their workload’s name', async () => {
  const { text, refused } = await requests(1).exposition([
    { workload: 'shop/web', metrics: await overTheWire(requests(2)) },
    { workload: 'shop/api', metrics: await overTheWire(requests(3, '503')) },
  ]);
  expect(refused).toEqual([]);
  expect(text).toEndWith(
    [
      '# HELP selvage_requests_total Requests',
      '# TYPE selvage_requests_total counter',
      'selvage_requests_total{code="200"} 1',
      'selvage_requests_total{code="200",workload="shop/web"} 2',
      'selvage_requests_total{code="503",workload="shop/api"} 3',
      '',
    ].join('\n'),
  );
});

test('a sidecar cannot speak for another workload, nor under its node’s name', async () => {
  const values = [{ labels: { workload: 'shop/other' }, value: 7 }];
  const { text } = await createMetrics().exposition([
    { workload: 'shop/web', metrics: [family({ values })] },
  ]);
  expect(text).toContain('selvage_x{workload="shop/web"} 7');
  expect(text).not.toContain('shop/other');
});

test('text from a sidecar cannot break out of its line', async () => {
  const values = [{ labels: { a: 'x"} 1\nup 1\\' }, value: 1 }];
  const { text } = await createMetrics().exposition([
    { workload: 'w', metrics: [family({ help: 'h\nup 1', values })] },
  ]);
  expect(text).toContain('# HELP selvage_x h\\nup 1\n');
  expect(text).toContain('selvage_x{a="x\\"} 1\\nup 1\\\\",workload="w"} 1\n');
});

const many = Array.from({ length: 11_000 }, (_, n) => ({ labels: { n: String(n) }, value: 1 }));
const odd: readonly (readonly [why: string, metrics: unknown])[] = [
  ['not a list', { name: 'selvage_x' }],
  ['not a list', Array.from({ length: 300 }, (_, n) => family({ name: `selvage_${n}` }))],
  ['no object', [null]],
  ['not ours', [family({ name: 'up' })]],
  ['not ours', [family({ name: 'selvage_x 1\nup' })]],
  ['no known type', [family({ type: 'summary' })]],
  ['no help', [family({ help: 'x'.repeat(600) })]],
  ['no list of at most', [family({ values: many })]],
  [
    'more than',
    [0, 1, 2].map((n) => family({ name: `selvage_${n}`, values: many.slice(0, 4_000) })),
  ],
  ['twice', [family(), family()]],
  ['series twice', [family({ values: [0, 1].map((value) => ({ labels: { a: 'b' }, value })) })]],
  ['another name', [family({ values: [{ labels: {}, value: 1, metricName: 'up' }] })]],
  ['no number', [family({ values: [{ labels: {}, value: '1' }] })]],
  ['odd value', [family({ values: [{ value: 1 }] })]],
  ['odd label', [family({ values: [{ labels: { 'a b': 'c' }, value: 1 }] })]],
  ['odd label', [family({ values: [{ labels: { a: 'c'.repeat(600) }, value: 1 }] })]],
  [
    'too many labels',
    [
      family({
        values: [
          { labels: Object.fromEntries(many.slice(0, 20).map((_, i) => [`l${i}`, ''])), value: 1 },
        ],
      }),
    ],
  ],
  ['not elsewhere', [family({ name: 'selvage_metrics_overflow_total' })]],
];

test('metrics that make no sense are left out whole, and said to be', async () => {
  for (const [why, metrics] of odd) {
    const { text, refused } = await createMetrics().exposition([{ workload: 'w', metrics }]);
    expect(refused).toEqual([{ workload: 'w', reason: expect.stringContaining(why) }]);
    expect(text).not.toContain('workload="w"');
  }
});

test('two sidecars under one name would be one series twice: the second is left out', async () => {
  const { refused } = await createMetrics().exposition([
    { workload: 'w', metrics: [family()] },
    { workload: 'w', metrics: [family()] },
  ]);
  expect(refused).toEqual([{ workload: 'w', reason: 'another sidecar goes by this name' }]);
});

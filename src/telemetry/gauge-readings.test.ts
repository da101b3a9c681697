import { expect, test } from 'bun:test';
import { createMetrics, readGauge } from './index.ts';

const held = (values: readonly (readonly [what: string, value: unknown])[]) => [
  {
    name: 'selvage_held',
    help: 'what is held',
    type: 'gauge',
    values: values.map(([what, value]) => ({ labels: { what }, value })),
  },
];

test('a gauge is read by one of its labels', async () => {
  const { meter, json } = createMetrics();
  const gauge = meter.gauge({ name: 'selvage_held', help: 'what is held', labels: ['what'] });
  gauge.set({ what: 'clients' }, 3);
  gauge.set({ what: 'pooled' }, 0);
  expect(readGauge(await json(), 'selvage_held', 'what')).toEqual({
    ok: true,
    value: { clients: 3, pooled: 0 },
  });
});

test.each([
  ['another gauge', [], "no gauge 'selvage_held'"],
  ['no list', {}, 'not a list'],
  ['infinity, which JSON can say as 1e999', held([['clients', JSON.parse('1e999')]]), 'not finite'],
  [
    'more values than anybody reads',
    held(Array.from({ length: 33 }, (_, n) => [`w${n}`, n] as const)),
    'too many values',
  ],
])('%s is an error that says what is odd', (_, json, reason) => {
  expect(readGauge(json, 'selvage_held', 'what')).toMatchObject({
    ok: false,
    error: expect.stringContaining(reason),
  });
});

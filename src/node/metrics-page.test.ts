import { beforeEach, expect, test } from 'bun:test';
import type { Counter } from '../ports/index.ts';
import { createMetrics, type Metrics } from '../telemetry/index.ts';
import { MetricsPage } from './metrics-page.ts';
import { attached, host, resetHost } from './testing/attached-sidecar.ts';

let sidecar: ReturnType<typeof attached>;
let page: MetricsPage;
let counted: Metrics;
let calls: Counter<never>;

beforeEach(() => {
  resetHost();
  sidecar = attached();
  counted = createMetrics();
  calls = counted.meter.counter({ name: 'selvage_calls_total', help: 'Calls', labels: [] });
  const { clock, log } = host;
  page = new MetricsPage({
    metrics: createMetrics(),
    workloads: { sessions: [sidecar.session] },
    clock,
    log,
  });
});

/** How often the sidecar was asked since it was looked at last. */
const asked = () => sidecar.heard().filter(({ type }) => type === 'metrics-request').length;

/** The sidecar has counted one call more than before, and says so. */
async function answer(): Promise<void> {
  calls.add({});
  sidecar.say({ type: 'metrics', metrics: await counted.json() });
}

/** Reads until the next page has to wait. */
async function readAtAStretch(): Promise<number> {
  for (let read = 0; ; read += 1) {
    const reading = page.read();
    if (asked() === 0) return read;
    await answer();
    expect(await reading).toMatch(new RegExp(`selvage_calls_total\\{.*\\} ${read + 1}\\n`));
  }
}

test('all who ask while a page is gathered share it', async () => {
  const reading = page.read();
  expect(page.read()).toBe(reading);
  expect(asked()).toBe(1);
  await answer();
  expect(await reading).toContain('selvage_calls_total');
});

test('who asks twice in a row sees what came between, and who goes on asking waits for the second', async () => {
  expect(await readAtAStretch()).toBe(10);
  const waiting = page.read();
  expect(page.read()).toBe(waiting);
  host.clock.advance(999);
  await Promise.resolve();
  expect(asked()).toBe(0);
  host.clock.advance(1);
  await Promise.resolve();
  expect(asked()).toBe(1);
  await answer();
  expect(await waiting).toMatch(/selvage_calls_total\{.*\} 11\n/);
});

test('a page that could not be gathered is gathered anew for the next who asks', async () => {
  const metrics = createMetrics();
  let isBroken = true;
  const parts = { clock: host.clock, log: host.log, workloads: { sessions: [] } };
  page = new MetricsPage({
    ...parts,
    metrics: {
      ...metrics,
      exposition: async (handedOver) => {
        if (isBroken) throw new Error('on purpose');
        return await metrics.exposition(handedOver);
      },
    },
  });
  await expect(page.read()).rejects.toThrow('on purpose');
  isBroken = false;
  expect(await page.read()).toBeString();
});

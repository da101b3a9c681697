import { expect, test } from 'bun:test';
import { recordingLog } from '../ports/testing/index.ts';
import { N1, sampleTrust } from '../registry/testing/sample-trust.ts';
import { buildSnapshot, type SidecarMessage, snapshotDigest } from '../snapshot/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import { snapshotReader } from './snapshot-faults.ts';

test('what does not fit is counted, said once and asked about once, until the whole is there', async () => {
  const log = recordingLog();
  const metrics = createMetrics();
  const asked: SidecarMessage[] = [];
  const reader = snapshotReader({
    log,
    meter: metrics.meter,
    ask: (said) => void asked.push(said),
  });
  const view = { trust: sampleTrust, node: N1, offered: () => [], policyDigest: 'p' };
  const snapshot = buildSnapshot({ ...view, for: { upstreams: [] } });
  const digest = snapshotDigest(snapshot);
  const whole = (number: number) =>
    reader.take({ type: 'snapshot', snapshot, state: { number, digest } });
  const change = (number: number) => reader.take({ type: 'delta', number, delta: {}, digest });
  expect([whole(1), change(2)]).toEqual([snapshot, snapshot]);
  for (const number of [4, 5, 6]) expect(change(number)).toBeUndefined();
  expect(asked).toEqual([{ type: 'snapshot-request', fault: 'gap' }]);
  expect(log.lines).toMatchObject([
    { level: 'warn', fields: { fault: 'gap', reason: 'change 4 came after 2' } },
  ]);
  expect([whole(7), change(8)]).toEqual([snapshot, snapshot]);
  expect(JSON.stringify(await metrics.json())).toContain('"value":1,"labels":{"fault":"gap"}');
});

import { afterEach, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:net';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { parseLoopbackRange } from '../registry/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import { loadNodeConfig } from './config.ts';
import { startNames } from './names-plane.ts';
import { ServiceNames } from './service-names.ts';
import { UndoStack } from './undo-stack.ts';

const HOST = '127.95.2.1'; // of this test's own
const log = recordingLog();
const undo = new UndoStack(log);
const foreign: Server[] = [];
afterEach(async () => {
  await undo.unwind();
  for (const server of foreign.splice(0)) server.close();
});

async function start(dns: string) {
  const loaded = loadNodeConfig({ flags: { listen: HOST, dns }, environment: {} });
  if (!loaded.ok) throw new Error(loaded.error[0]?.message);
  const range = parseLoopbackRange(loaded.value.dnsRange);
  if (!range.ok) throw new Error(range.error);
  const clock = new FakeClock();
  const names = new ServiceNames({
    clock,
    limitedLog: new LimitedLog(log, clock),
    range: range.value,
    sessions: () => [],
    trust: () => {
      throw new Error('nothing is asked for');
    },
  });
  return await startNames({ config: loaded.value, names, log, undo, meter: recordingMeter() });
}

/** Something else listens there; false where this user may not. */
async function occupy(port: number): Promise<boolean> {
  const server = createServer();
  foreign.push(server);
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => resolve(true));
  });
}

test('left open, the next port is taken where the first is not to be had, and none where none is', async () => {
  await occupy(53);
  expect(await start('auto')).toEqual({ at: { host: HOST, port: 7_653 } });
  await undo.unwind();
  await occupy(7_653);
  const state = await start('auto');
  expect('problem' in state && state.problem).toContain(`${HOST}:7653 already`);
});

test('a place that is named must be had', async () => {
  await occupy(7_654);
  const refused = start(`${HOST}:7654`);
  await expect(refused).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    remedy: expect.stringContaining('--dns off'),
  });
});

test('told not to, it answers nowhere', async () => {
  expect(await start('off')).toEqual({ problem: 'it is told not to' });
});

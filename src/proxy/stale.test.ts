import { afterEach, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import {
  answering,
  okAnswer,
  type Pair,
  recordingEngine,
  snapshotOf,
  startApplication,
  startPair,
  type TestPlane,
} from './testing/index.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const LIFE_MS = 5_000;
const labels = { source: 'default/client', destination: 'default/web' };

let pair: Pair;
let clock: FakeClock;

afterEach(() => pair.stop());

async function serve(protocol: 'http' | 'tcp'): Promise<void> {
  clock = new FakeClock(Date.now());
  const application = startApplication(
    protocol === 'tcp'
      ? { received: (connection) => connection.write('!') }
      : { received: answering(okAnswer('hello')) },
  );
  pair = await startPair(application, { service: { protocol }, clock });
}

/** The view of before, of which nothing may be permitted from then on. */
function apply({ plane }: TestPlane, protocol: 'http' | 'tcp', denyFromMs: number): void {
  const snapshot = {
    ...snapshotOf([pair.authority], { ports: [pair.inboundPort], protocol }),
    denyFromMs,
  };
  plane.apply({ snapshot, engine: recordingEngine() });
}

const sides = () => [
  { plane: pair.caller, direction: 'outbound' },
  { plane: pair.callee, direction: 'inbound' },
];

test('what is stale denies every request by a reason of its own, at either side, until there is news', async () => {
  await serve('http');
  for (const { plane, direction } of sides()) {
    const client = await pair.connect();
    apply(plane, 'http', clock.now() + LIFE_MS);
    await client.send(GET).reads('HTTP/1.1 200');
    const denied = { ...labels, direction };
    const before = plane.meter.value('selvage_denied_total', denied);
    clock.advance(LIFE_MS);
    const answer = await client.send(GET).reads('trust-stale: ');
    expect(answer).toContain('HTTP/1.1 403');
    expect(answer).toContain('x-selvage-reason: trust-stale\r\n');
    expect(plane.meter.value('selvage_denied_total', denied)).toBe(before + 1);
    expect(plane.log.lines.map(({ message }) => message)).toContain(
      'denied, what is in force is stale',
    );
    apply(plane, 'http', clock.now() + 10 * LIFE_MS);
    const again = await pair.connect();
    await again.send(GET).reads('HTTP/1.1 200');
  }
  await pair.settled();
});

test('what is open is cut within a second of it, and opens again at once when there is news', async () => {
  await serve('tcp');
  for (const { plane, direction } of sides()) {
    apply(plane, 'tcp', clock.now() + LIFE_MS);
    const client = await pair.connect();
    await client.send('x').reads('!');
    clock.advance(LIFE_MS - 1);
    expect(client.closed).toBe(false);
    clock.advance(1_001);
    await eventually('the reset', () => client.closed);
    const cut = { ...labels, direction, reason: 'stale' };
    expect(plane.meter.value('selvage_cut_connections_total', cut)).toBe(1);
    apply(plane, 'tcp', clock.now() + 10 * LIFE_MS);
    const again = await pair.connect();
    await again.send('x').reads('!');
    again.reset();
    await pair.settled();
  }
});

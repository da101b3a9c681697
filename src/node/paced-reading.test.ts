import { beforeEach, describe, expect, test } from 'bun:test';
import { connectUnix, scratchDirs } from '../platform/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { encodeMessage, type SidecarMessage } from '../snapshot/index.ts';
import {
  attached,
  hello,
  host,
  refusals,
  resetHost,
  sessionHost,
  WEB_SERVICE,
} from './testing/attached-sidecar.ts';
import { WorkloadServer } from './workload-server.ts';

beforeEach(resetHost);

const many = (count: number, message: SidecarMessage): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => encodeMessage(message)));
const withdraw: SidecarMessage = { type: 'withdraw' };

describe('a sidecar that says more than it may', () => {
  test('is read as fast as its node has time for, however it comes, and loses no word', () => {
    const sidecar = attached();
    let withdrawn = 0;
    host.withdrawn = () => {
      withdrawn++;
    };
    sidecar.far.send(many(10_000, withdraw));
    sidecar.far.send(many(10_000, withdraw));
    expect(withdrawn).toBeLessThan(500);
    const before = withdrawn;
    host.clock.advance(10_000);
    expect(withdrawn - before).toBeGreaterThan(800);
    expect(withdrawn - before).toBeLessThan(1_300);
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    host.clock.advance(200_000);
    expect(withdrawn).toBe(20_000);
    expect(host.announced.get('instance-1')?.service).toBe(WEB_SERVICE);
    expect([sidecar.far.isClosed, refusals(sidecar.heard())]).toEqual([false, []]);
  });

  test('may say one of the longest messages at once, and not one after the other', () => {
    const sidecar = attached();
    const long: SidecarMessage = { type: 'metrics', metrics: 'x'.repeat(4_000_000) };
    const answers: unknown[] = [];
    const ask = () =>
      void sidecar.session.metrics(new Promise(() => undefined)).then((a) => answers.push(a));
    ask();
    sidecar.far.send(many(3, long));
    return eventually('the first is there', () => answers.length === 1).then(async () => {
      ask();
      await Promise.resolve();
      expect(answers).toHaveLength(1);
      host.clock.advance(8_000);
      await eventually('the second is there', () => answers.length === 2);
    });
  });

  test('leaves its node alone when it has gone', () => {
    const sidecar = attached();
    let withdrawn = 0;
    host.withdrawn = () => {
      withdrawn++;
    };
    sidecar.far.send(many(10_000, withdraw));
    sidecar.far.hangUp();
    const before = withdrawn;
    host.clock.advance(60_000);
    expect(withdrawn).toBe(before);
  });

  test('of decisions has the surplus dropped and counted, and is heard on all else', () => {
    const sidecar = attached();
    sidecar.far.send(many(50, { type: 'decisions', decisions: [] }));
    expect(host.lost).toBe(42);
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    expect(host.announced.size).toBe(1);
    host.clock.advance(1_000);
    sidecar.far.send(many(8, { type: 'decisions', decisions: [] }));
    expect(host.lost).toBe(42);
  });
});

test('a process that floods the socket is made to wait by the kernel, and is not cut off', async () => {
  await scratchDirs().with({}, async (directory) => {
    const path = `${directory}/workload.sock`;
    const { clock, log, trust } = host;
    const own = trust.registrations.map((one) => ({ ...one, selectors: { uid: 'node' as const } }));
    const flood = many(200_000, withdraw); // far more than a socket and one read of it hold
    let withdrawn = 0;
    const server = new WorkloadServer({
      path,
      clock,
      log,
      host: {
        ...sessionHost(),
        trust: () => ({ ...trust, registrations: own }),
        nodeUid: process.getuid?.() ?? -1,
        withdraw: () => {
          withdrawn++;
        },
      },
    });
    await server.start();
    let isClosed = false;
    const closed = () => {
      isClosed = true;
    };
    const channel = await connectUnix(path, () => ({ bytes() {}, closed }));
    channel.send(encodeMessage(hello()));
    await eventually('it is welcomed', () => server.hasInstance('instance-1'));
    channel.send(flood);
    await eventually('it is read', () => withdrawn > 0);
    const other = await connectUnix(path, () => ({ bytes() {}, closed() {} }));
    other.send(encodeMessage(hello({ instance: 'instance-2' })));
    await eventually('another is welcomed meanwhile', () => server.hasInstance('instance-2'));
    expect([withdrawn < 500, isClosed]).toEqual([true, false]);
    const before = withdrawn;
    clock.advance(5_000);
    await eventually('it is read on', () => withdrawn > before);
    expect([withdrawn < 1_500, isClosed]).toEqual([true, false]);
    server.stop();
  });
});

import { expect, test } from 'bun:test';
import { connectUnix, scratchDirs } from '../platform/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { encodeMessage } from '../snapshot/index.ts';
import { LINES_PER_SECOND } from '../telemetry/limited-log.ts';
import { hello, host, resetHost, sessionHost } from './testing/attached-sidecar.ts';
import { WorkloadServer } from './workload-server.ts';

const REFUSED = 3 * LINES_PER_SECOND;

test('a user of the host who is refused on connection after connection fills no log', async () => {
  resetHost();
  await scratchDirs().with({}, async (directory) => {
    const path = `${directory}/workload.sock`;
    const { clock, log } = host;
    const refusals = () => log.lines.filter(({ message }) => message === 'workload refused');
    const server = new WorkloadServer({ path, clock, log, host: sessionHost() });
    await server.start();
    let closed = 0;
    const count = () => {
      closed++;
    };
    for (let n = 0; n < REFUSED; n++) {
      const channel = await connectUnix(path, () => ({ bytes() {}, closed: count }));
      channel.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    }
    await eventually('all are turned away', () => closed === REFUSED);
    expect(refusals()).toHaveLength(1);
    clock.advance(60_000);
    await connectUnix(path, () => ({ bytes() {}, closed: count })).then((channel) =>
      channel.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff)),
    );
    await eventually('it is refused again', () => closed === REFUSED + 1);
    expect(refusals()).toHaveLength(2);
    server.stop();
  });
});

test('a workload is gone with the last of its sidecars', async () => {
  resetHost();
  await scratchDirs().with({}, async (directory) => {
    const path = `${directory}/workload.sock`;
    const { clock, log, trust } = host;
    const own = trust.registrations.map((one) => ({ ...one, selectors: { uid: 'node' as const } }));
    const left: string[] = [];
    const server = new WorkloadServer({
      path,
      clock,
      log,
      host: {
        ...sessionHost(),
        trust: () => ({ ...trust, registrations: own }),
        nodeUid: process.getuid?.() ?? -1,
        left: (workload) => void left.push(workload),
      },
    });
    await server.start();
    const attach = async (instance: string) => {
      const channel = await connectUnix(path, () => ({ bytes() {}, closed() {} }));
      channel.send(encodeMessage(hello({ instance, run: 'run-of-both' })));
      await eventually('it is welcomed', () => server.hasInstance(instance));
      return channel;
    };
    const [first, second] = [await attach('instance-1'), await attach('instance-2')];
    first.close();
    await eventually('the first is gone', () => !server.hasInstance('instance-1'));
    expect(left).toEqual([]);
    second.close();
    await eventually('the second is gone', () => left.length > 0);
    expect(left).toEqual([expect.stringContaining('run-of-both')]);
    server.stop();
  });
});

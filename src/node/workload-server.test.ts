import { expect, test } from 'bun:test';
import { connectUnix, scratchDirs } from '../platform/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { LINES_PER_SECOND } from '../telemetry/index.ts';
import { host, resetHost, sessionHost } from './testing/attached-sidecar.ts';
import { WorkloadServer } from './workload-server.ts';

const REFUSED = 3 * LINES_PER_SECOND;

test('a user of the host who is refused on connection after connection fills no log', async () => {
  resetHost();
  await scratchDirs().with({}, async (directory) => {
    const path = `${directory}/workload.sock`;
    const { clock, log } = host;
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
    const lines = log.lines.filter(({ message }) => message === 'workload refused');
    expect(lines).toHaveLength(LINES_PER_SECOND);
    clock.advance(1_000);
    expect(log.lines.at(-1)?.fields).toMatchObject({ leftOut: REFUSED - LINES_PER_SECOND });
    server.stop();
  });
});

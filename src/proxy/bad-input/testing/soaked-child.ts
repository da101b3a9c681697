// Two sidecars for each application whose protocol and port are its arguments (`http:4711`), without a node. Says the
// callers' ports as one line of JSON, and for each line of its input what is held when nothing is under way.
import type { ServiceProtocol } from '../../../core/index.ts';
import { bunDatagrams, bunSockets, realClock, realRandom } from '../../../platform/index.ts';
import type { PolicyEngine } from '../../../policy/index.ts';
import { eventually } from '../../../ports/testing/index.ts';
import { createLog, createMetrics } from '../../../telemetry/index.ts';
import type { CensusReport } from '../../census.ts';
import { createDataPlane, type DataPlane } from '../../index.ts';
import { identityOf, snapshotOf, startAuthority, WEB } from '../../testing/index.ts';

/** What it says of itself. */
export interface Soaked {
  readonly censuses: readonly CensusReport[];
  readonly residentBytes: number;
}

const host = '127.0.0.1';
const engine: PolicyEngine = {
  decide: () => ({ allowed: true, policies: [], errors: [], audit: [] }),
};
const planes: DataPlane[] = [];

async function startPlane(
  account: string,
  snapshot: ReturnType<typeof snapshotOf>,
  authority: Awaited<ReturnType<typeof startAuthority>>,
): Promise<DataPlane> {
  const { meter } = createMetrics();
  const log = createLog({ level: 'error', name: account, destination: process.stderr });
  const sockets = bunSockets;
  const world = { sockets, datagrams: bunDatagrams, clock: realClock, random: realRandom };
  const plane = createDataPlane({ ...world, log, meter });
  plane.useIdentity(await identityOf(authority, account));
  plane.apply({ snapshot, engine });
  planes.push(plane);
  return plane;
}

/** The caller's port. */
async function startPair(protocol: ServiceProtocol, port: number): Promise<number> {
  const authority = await startAuthority();
  const callee = await startPlane('web', snapshotOf([authority], { protocol }), authority);
  const inbound = callee.openInbound({ host, port: 0, service: WEB, target: { host, port } });
  const snapshot = snapshotOf([authority], { protocol, ports: [inbound.port] });
  const caller = await startPlane('client', snapshot, authority);
  return caller.openOutbound({ host, port: 0, service: WEB }).port;
}

async function report(): Promise<Soaked> {
  const censuses = () => planes.map((plane) => plane.census());
  const isQuiet = () =>
    censuses().every(
      ({ exchanges, heldBytes, servers, pooled }) => exchanges + heldBytes + servers - pooled === 0,
    );
  await eventually('nothing is under way', isQuiet).catch(() => undefined); // the reader judges
  Bun.gc(true);
  return { censuses: censuses(), residentBytes: process.memoryUsage.rss() };
}

const say = (what: unknown) => void process.stdout.write(`${JSON.stringify(what)}\n`);

const ports = await Promise.all(
  process.argv.slice(2).map((argument) => {
    const [protocol, port] = argument.split(':');
    return startPair(protocol as ServiceProtocol, Number(port)); // the test that started it says one
  }),
);
say(ports);
for await (const _ of console) say(await report());
process.exit();

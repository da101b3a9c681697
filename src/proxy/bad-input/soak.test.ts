import { afterEach, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { eventually, seededRandom } from '../../ports/testing/index.ts';
import { SOAK_REQUESTS } from '../testing/run-size.ts';
import { type Asker, type ClientProtocol, startAsker } from './testing/asking.ts';
import { FAULTS, startFaultyHttp1, startFaultyHttp2 } from './testing/faulty-applications.ts';
import type { Soaked } from './testing/soaked-child.ts';

const CLIENTS_PER_PAIRING = 4;
/** A client connects anew after so many requests. */
const REQUESTS_PER_CONNECTION = 50;
/** Of requests one in so many meets a fault, and one in so many is taken back. */
const FAULT_EVERY = 8;
const LEAVE_EVERY = 16;
/** Until the pools, the compiler and the collector have what they want. */
const WARM_SHARE = 0.3;
/** What memory may grow by from then to the end. In the nightly run it is reached by 240 bytes that each request loses. */
const GROWTH_BYTES = 16 * 1024 * 1024;
const REQUESTS_PER_SECOND = 500;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** The sidecars in a process of their own, and what it says. */
async function startSidecars(applications: readonly string[]) {
  const program = new URL('./testing/soaked-child.ts', import.meta.url).pathname;
  const command = [process.execPath, program, ...applications];
  const child = Bun.spawn(command, { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
  stops.push(() => child.kill());
  const reader = child.stdout.getReader();
  const line = async () => JSON.parse(Buffer.from((await reader.read()).value ?? []).toString());
  const ports: readonly number[] = await line();
  return {
    ports,
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    report: async (): Promise<Soaked> => {
      child.stdin.write('\n');
      child.stdin.flush();
      return await line();
    },
  };
}

/** Asks so often, one question after the other; how many were answered well. */
async function soak(
  protocol: ClientProtocol,
  port: number,
  requests: number,
  seed: number,
): Promise<number> {
  const { fraction } = seededRandom(seed);
  const oneIn = (count: number) => fraction() < 1 / count;
  let well = 0;
  let asker: Asker | undefined;
  for (let asked = 0; asked < requests; asked += 1) {
    if (asker === undefined || asker.isClosed || asked % REQUESTS_PER_CONNECTION === 0) {
      await asker?.stop();
      asker = await startAsker(protocol, port);
    }
    const fault = FAULTS[Math.floor(fraction() * FAULTS.length)] ?? '/close';
    const path = oneIn(FAULT_EVERY) ? fault : '/well';
    const answer = asker.ask({
      method: oneIn(2) ? 'GET' : 'POST',
      path,
      content: oneIn(LEAVE_EVERY) ? 'part' : 'whole',
    });
    if (path === '/silence' || oneIn(LEAVE_EVERY)) asker.leave();
    else await eventually(`an outcome of ${path}`, () => answer.outcome !== undefined);
    if (answer.outcome === 'whole' && answer.content === 'well') well += 1;
  }
  await asker?.stop();
  return well;
}

test(
  `${SOAK_REQUESTS} requests, of which many come to nothing, leave memory and descriptors as they were`,
  async () => {
    const applications = [startFaultyHttp1(), startFaultyHttp2()];
    for (const application of applications) stops.push(() => application.stop());
    const [http1, http2] = applications.map(({ port }) => port);
    const sidecars = await startSidecars([`http:${http1}`, `http2:${http2}`]);
    const lanes = sidecars.ports.flatMap((port) =>
      (['HTTP/1.1', 'HTTP/2'] as const).flatMap((protocol) =>
        Array.from({ length: CLIENTS_PER_PAIRING }, () => ({ protocol, port })),
      ),
    );
    const round = async (requests: number, seed: number) => {
      const each = Math.ceil(requests / lanes.length);
      const answered = await Promise.all(
        lanes.map(({ protocol, port }, lane) => soak(protocol, port, each, seed + lane)),
      );
      return answered.reduce((sum, well) => sum + well) / (each * lanes.length);
    };
    await round(SOAK_REQUESTS * WARM_SHARE, 1_000);
    const before = await sidecars.report();
    const descriptors = sidecars.descriptors() - heldSockets(before);
    expect(await round(SOAK_REQUESTS * (1 - WARM_SHARE), 2_000)).toBeGreaterThan(0.6);
    const after = await sidecars.report();
    expect(isQuiet(after)).toBe(true);
    expect(after.residentBytes - before.residentBytes).toBeLessThan(GROWTH_BYTES);
    expect(sidecars.descriptors() - heldSockets(after)).toBe(descriptors);
  },
  (SOAK_REQUESTS / REQUESTS_PER_SECOND) * 1_000 + 20_000,
);

/** Of connections that wait for the next request there may be more or fewer. */
const heldSockets = ({ censuses }: Soaked): number =>
  censuses.reduce((sum, { clients, servers }) => sum + clients + servers, 0);

const isQuiet = ({ censuses }: Soaked): boolean =>
  censuses.every(
    ({ exchanges, dialling, heldBytes, servers, pooled }) =>
      exchanges + dialling + heldBytes === 0 && servers === pooled,
  );

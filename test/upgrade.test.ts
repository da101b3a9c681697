import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostProcess, isProcessAlive, killProcess } from '../src/platform/index.ts';
import { HelloMesh, sidecarsBelow, until, workersBelow } from './hello-mesh.ts';
import type { Running } from './mesh-on-disk.ts';
import { type Load, startLoad } from './upgrade-load.ts';

/** Sidecars are replaced, as real processes, and nobody notices. */
setDefaultTimeout(120_000);

const MIGRATE = '/proc/sys/net/ipv4/tcp_migrate_req';
const migratedBefore = readFileSync(MIGRATE, 'utf8');
const isRoot = hostProcess().uid === 0;
const hello = new HelloMesh();
let node: Running;
let web: Running;
let client: Running;

beforeAll(async () => {
  node = await hello.found('upgrade.example');
  web = await hello.startWeb('--drain', '1s');
  client = await hello.startClient('--drain', '1s', '--workers', '2');
  await until('an answer', async () => (await hello.call()) === 'hello');
});
afterAll(async () => {
  await hello.disk.close();
  if (isRoot) writeFileSync(MIGRATE, migratedBefore);
});

const times = (text: string, part: string): number => text.split(part).length - 1;

/** Asks for an upgrade, and waits for the line that says how it went. */
async function upgrade(sidecar: Running, outcome = 'sidecar replaced'): Promise<void> {
  const before = times(sidecar.written(), outcome);
  process.kill(sidecar.pid, 'SIGUSR2');
  await until(outcome, () => times(sidecar.written(), outcome) > before);
}

const moreAnswers = async ({ tally }: Load): Promise<void> => {
  const { answered } = tally;
  await until('more answers', () => tally.answered > answered + 100);
};

const endpointsOfWeb = async () => (await hello.admin.endpoints({})).items;

// Without the right to have connections migrated, some may be reset, as the log says.
test.skipIf(!isRoot)(
  'upgrades of both sides fail no request, on kept connections or new ones',
  async () => {
    const load = startLoad(hello.clientPort, { kept: 6, fresh: 2 });
    const seen = new Set<string>();
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const endpoints = await endpointsOfWeb();
        if (!endpoints.some(({ state }) => state === 'ready')) seen.add(JSON.stringify(endpoints));
        await Bun.sleep(5); // each look takes the node's time from what it watches
      }
    })();
    for (let n = 0; n < 2; n++) {
      await upgrade(web);
      await upgrade(client);
      await moreAnswers(load);
    }
    await until('one endpoint', async () => (await endpointsOfWeb()).length === 1);
    isOver = true;
    await watching;
    await load.stop();
    expect(load.tally.failures).toEqual([]);
    expect([...seen]).toEqual([]);
    expect(load.tally.answered).toBeGreaterThan(500);
  },
);

test('the processes that were replaced end, and the one that was started keeps its number', async () => {
  await upgrade(web);
  await upgrade(client);
  await until('one sidecar of web', () => sidecarsBelow(web.pid).length === 1);
  await until('one below the client’s', () => sidecarsBelow(client.pid).length === 1);
  await until('its two workers', () => workersBelow(client.pid).length === 2);
  const [former = 0] = sidecarsBelow(client.pid);
  await upgrade(client);
  await until('the former is gone', () => !isProcessAlive(former));
});

test('the one that took over is started again when it dies', async () => {
  const [sidecar = 0] = sidecarsBelow(client.pid);
  killProcess(sidecar);
  await until('the next one', () => {
    const sidecars = sidecarsBelow(client.pid);
    return sidecars.length === 1 && sidecars[0] !== sidecar;
  });
  await until('an answer', async () => (await hello.call()) === 'hello');
});

test('a sidecar that cannot serve replaces nothing', async () => {
  await node.stop('SIGKILL');
  const load = startLoad(hello.clientPort, { kept: 2, fresh: 1 });
  const before = sidecarsBelow(web.pid);
  await upgrade(web, 'does not serve, the former stays');
  expect(sidecarsBelow(web.pid)).toEqual(before);
  await moreAnswers(load);
  await load.stop();
  expect(load.tally.failures).toEqual([]);
  node = await hello.disk.startNode('n1', hello.disk.host(1));
  await upgrade(web);
});

test('a node that restarts in the middle of an upgrade changes nothing for callers', async () => {
  const load = startLoad(hello.clientPort, { kept: 2, fresh: 0 });
  const replaced = upgrade(web);
  await node.stop('SIGKILL');
  node = await hello.disk.startNode('n1', hello.disk.host(1));
  await replaced.catch(() => upgrade(web)); // it may have asked a node that was away for too long
  await moreAnswers(load);
  await until('one endpoint', async () => (await endpointsOfWeb()).length === 1);
  await moreAnswers(load);
  await load.stop();
  expect(load.tally.failures).toEqual([]);
});

test('a worker that ends while its sidecar takes over is replaced all the same', async () => {
  const former = workersBelow(client.pid);
  const replaced = upgrade(client);
  const fresh = () => workersBelow(client.pid).filter((pid) => !former.includes(pid));
  await until('the new workers', () => fresh().length === 2);
  await replaced;
  killProcess(fresh()[0] ?? 0);
  await until('two workers, none of before', () => {
    const now = workersBelow(client.pid);
    return now.length === 2 && !now.some((pid) => former.includes(pid));
  });
  await until('an answer', async () => (await hello.call()) === 'hello');
});

test('the end comes to all that took over', async () => {
  const all = [web, client].flatMap(({ pid }) => [...sidecarsBelow(pid), ...workersBelow(pid)]);
  expect(await client.stop()).toBe(0);
  expect(await web.stop()).toBe(143); // its application's
  await until('all are gone', () => !all.some(isProcessAlive));
});

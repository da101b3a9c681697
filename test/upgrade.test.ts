import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';
import { startLoad } from './upgrade-load.ts';

/** Sidecars are replaced under load, as real processes, and nobody notices. */
setDefaultTimeout(60_000);

const HELLO = new URL('../examples/hello', import.meta.url).pathname;
const PERMIT_ALL = '@id("all")\npermit (principal, action, resource);\n';
const DEADLINE_MS = 15_000;
const mesh = new MeshOnDisk();
const data = ['--data', mesh.path('n1')];
const socket = ['--socket', mesh.path('n1', 'workload.sock')];
let web: Running;
let client: Running;
let clientPort: number;

beforeAll(async () => {
  const key = ['--governor-key', mesh.path('governor.key')];
  await mesh.must('init', '--trust-domain', 'upgrade.example', ...data, ...key);
  await mesh.startNode('n1', '127.0.0.37');
  cpSync(HELLO, mesh.path('rules'), { recursive: true });
  writeFileSync(mesh.path('rules', 'hello.cedar'), PERMIT_ALL);
  await mesh.must(
    'apply',
    '-f',
    mesh.path('rules'),
    '--key',
    mesh.path('governor.key'),
    ...data,
    '--yes',
  );
  const port = String(await freePort());
  const program = `Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: () => new Response('hello') });`;
  const serve = ['--service', 'web', '--port', port, '--log-level', 'info', '--drain', '5s'];
  web = mesh.start('run', ...socket, ...serve, '--', process.execPath, '-e', program);
  clientPort = await freePort();
  const upstream = ['--upstream', `web=${clientPort}`, '--drain', '5s'];
  client = mesh.start('sidecar', ...socket, '--service', 'client', ...upstream);
  await client.says('sidecar serving');
  await until('an answer', async () => (await fetch(`http://127.0.0.1:${clientPort}/`)).ok);
});
afterAll(() => mesh.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await Bun.sleep(20);
  }
}

const times = (text: string, part: string): number => text.split(part).length - 1;

async function replace(sidecar: Running): Promise<void> {
  const before = times(sidecar.written(), 'sidecar replaced');
  process.kill(sidecar.pid, 'SIGUSR2');
  await until('the change', () => times(sidecar.written(), 'sidecar replaced') > before);
}

test('several upgrades on both sides fail no request, on kept connections or new ones', async () => {
  const load = startLoad(clientPort, { kept: 6, fresh: 2 });
  for (let n = 0; n < 3; n++) {
    await replace(web);
    await replace(client);
    const answered = load.tally.answered;
    await until('more answers', () => load.tally.answered > answered + 200);
  }
  await load.stop();
  expect(load.tally.failures).toEqual([]);
  expect(load.tally.answered).toBeGreaterThan(1_000);
  console.log(load.tally.answered);
});

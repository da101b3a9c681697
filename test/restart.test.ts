import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

/** What goes on while parts of a mesh come and go: an application that is not there yet, a node that moves. */
setDefaultTimeout(30_000);

const HELLO = new URL('../examples/hello', import.meta.url).pathname;
const DEADLINE_MS = 10_000;
const mesh = new MeshOnDisk();
const data = (name: string) => ['--data', mesh.path(name)];
let n1: Running;
let n2: Running;
let web: Running;
let applicationPort: number;

/** Serves `hello` as soon as the file named `go` is there. */
const SLOW_APPLICATION = `
  const [port, go] = process.argv.slice(-2);
  while (!(await Bun.file(go).exists())) await Bun.sleep(20);
  Bun.serve({ hostname: '127.0.0.1', port: Number(port), fetch: () => new Response('hello') });
`;

beforeAll(async () => {
  const key = ['--governor-key', mesh.path('governor.key'), '--no-passphrase'];
  await mesh.must('init', '--trust-domain', 'restart.example', ...data('n1'), ...key);
  n1 = await mesh.startNode('n1', '127.0.0.33');
  const signed = ['--key', mesh.path('governor.key'), ...data('n1'), '--yes'];
  await mesh.must('apply', '-f', HELLO, ...signed);
  const token = (await mesh.must('token', 'create', ...data('n1'))).trim();
  await mesh.must('join', token, ...data('n2'));
  n2 = await mesh.startNode('n2', '127.0.0.34');
  await got('nodes', 'n1', (all) => all.length === 2);
  await mesh.must('authority', 'add', 'n2', ...signed);
  applicationPort = await freePort();
});
afterAll(() => mesh.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface EndpointView {
  readonly id: string;
  readonly state: string;
  readonly address: string;
  readonly reason?: string;
}

/** What `selvage get` lists at a node, once it is as it should be. */
async function got<Item>(
  what: 'nodes' | 'endpoints',
  node: string,
  wanted: (all: readonly Item[]) => boolean,
): Promise<readonly Item[]> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const { items } = JSON.parse(await mesh.must('get', what, ...data(node), '-o', 'json'));
    if (wanted(items)) return items;
    if (Date.now() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${JSON.stringify(items)}`);
  }
}

/** The endpoints of web as n2 sees them. */
const endpoints = (wanted: (all: readonly EndpointView[]) => boolean) =>
  got<EndpointView>('endpoints', 'n2', wanted);

/** What a client on n2 is answered by web. */
async function callWeb(): Promise<string> {
  const port = await freePort();
  const socket = ['--socket', mesh.path('n2', 'workload.sock')];
  const curl = ['curl', '-s', '-w', ' %{http_code}', `http://127.0.0.1:${port}/`];
  const upstream = ['--upstream', `web=${port}`];
  return await mesh.must('run', ...socket, '--service', 'client', ...upstream, '--', ...curl);
}

test('an application that does not listen yet is no ready endpoint, and callers are told why', async () => {
  const socket = ['--socket', mesh.path('n1', 'workload.sock')];
  const serve = ['--service', 'web', '--port', String(applicationPort)];
  const program = [
    process.execPath,
    '-e',
    SLOW_APPLICATION,
    String(applicationPort),
    mesh.path('go'),
  ];
  web = mesh.start('run', ...socket, ...serve, '--', ...program);
  const [waiting] = await endpoints((all) => all.length === 1);
  expect(waiting?.state).toBe('not-ready');
  expect(await callWeb()).toMatch(/no endpoint.* 503$/s);
  writeFileSync(mesh.path('go'), '');
  await endpoints(([web]) => web?.state === 'ready');
  expect(await callWeb()).toBe('hello 200');
});

test('while their node is away endpoints are the last resort, and traffic goes on', async () => {
  expect(await n1.stop()).toBe(0);
  const [away] = await endpoints(([web]) => web?.state === 'unreachable');
  expect(away?.reason).toMatch(/^node 'n1' .* used only while no other endpoint is ready$/);
  expect(await callWeb()).toBe('hello 200');
});

test('a node that comes back at another address is found there, and so are its workloads', async () => {
  n1 = await mesh.startNode('n1', '127.0.0.35');
  await endpoints(([web]) => web?.address === '127.0.0.35' && web.state === 'ready');
  expect(await callWeb()).toBe('hello 200');
  const { items } = JSON.parse(await mesh.must('get', 'nodes', ...data('n2'), '-o', 'json'));
  expect(items).toMatchObject([{ name: 'n1', state: 'alive' }, { name: 'n2' }]);
  expect(items[0].addresses[0]).toStartWith('/ip4/127.0.0.35/');
});

test('a node that is killed comes back to its state', async () => {
  await n1.stop('SIGKILL');
  n1 = await mesh.startNode('n1', '127.0.0.35');
  await endpoints(([web]) => web?.state === 'ready');
  const status = JSON.parse(await mesh.must('status', ...data('n1'), '-o', 'json'));
  expect(status).toMatchObject({ authority: 'yes', members: { alive: 1 } });
});

/** The sidecar that this `selvage run` keeps. */
function sidecarOf({ pid }: Running): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const isSidecar = (child: string) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--supervised');
  const found = children.filter((child) => child !== '').find(isSidecar);
  return found === undefined ? undefined : Number(found);
}

test('a sidecar that is killed is started again, and serves', async () => {
  const [before] = await endpoints(([only]) => only?.state === 'ready');
  process.kill(sidecarOf(web) ?? -1, 'SIGKILL');
  await endpoints(([only]) => only?.state === 'ready' && only.id !== before?.id);
  expect(await callWeb()).toBe('hello 200');
  expect(web.written()).toContain('sidecar ended, starting it again');
});

test('the exit code of a run is the program’s, and a signal reaches it', async () => {
  const client = ['--socket', mesh.path('n2', 'workload.sock'), '--service', 'client'];
  expect((await mesh.run('run', ...client, '--', 'sh', '-c', 'exit 7')).code).toBe(7);
  const program = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done';
  const running = mesh.start('run', ...client, '--', 'sh', '-c', program);
  await running.says('ready');
  expect(await running.stop()).toBe(9);
});

test('a program that ends takes its endpoint with it, which drains before it goes', async () => {
  const ended = web.stop();
  await endpoints(([only]) => only?.state === 'draining');
  expect(await ended).toBe(143); // 128 + SIGTERM: it has no handler
  await endpoints((all) => all.length === 0);
});

test('a node that was stopped has left to those who start while it is away, and needs no person', async () => {
  const isSeen = (state: string) => (all: readonly { name: string; state: string }[]) =>
    all.some((node) => node.name === 'n2' && node.state === state);
  expect(await n2.stop()).toBe(0);
  await got('nodes', 'n1', isSeen('left'));
  await n1.stop('SIGKILL');
  n1 = await mesh.startNode('n1', '127.0.0.35');
  await got('nodes', 'n1', isSeen('left'));
  const { members, warnings } = JSON.parse(await mesh.must('status', ...data('n1'), '-o', 'json'));
  expect(members).toEqual({ alive: 0, suspect: [], dead: [], left: ['n2'] });
  expect(warnings).toEqual([]);
});

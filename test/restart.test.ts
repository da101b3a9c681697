import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import type { EndpointView } from '../src/admin/index.ts';
import { freePort, until } from './hello-mesh.ts';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

/** What goes on while parts of a mesh come and go: an application that is not there yet, a node that moves. */
setDefaultTimeout(120_000);

const HELLO = new URL('../examples/hello', import.meta.url).pathname;
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
  n1 = await mesh.startNode('n1', mesh.host(1));
  const signed = ['--key', mesh.path('governor.key'), ...data('n1'), '--yes'];
  await mesh.must('apply', '-f', HELLO, ...signed);
  const token = (await mesh.must('token', 'create', ...data('n1'))).trim();
  await mesh.must('join', token, ...data('n2'));
  n2 = await mesh.startNode('n2', mesh.host(2));
  await until('n1 knows n2', async () => (await mesh.admin('n1').nodes({})).items.length === 2);
  await mesh.must('authority', 'add', 'n2', ...signed);
  applicationPort = await freePort();
});
afterAll(() => mesh.close());

/** The endpoints of web as n2 sees them. */
const endpoints = async () => (await mesh.admin('n2').endpoints({})).items;

/** An endpoint of web, once n2 sees one that is as it should be: one of before may still be there beside it. */
async function endpoint(
  what: string,
  wanted: (one: EndpointView) => boolean,
): Promise<EndpointView> {
  let found: EndpointView | undefined;
  await until(`an endpoint ${what}`, async () => {
    found = (await endpoints()).find(wanted);
    return found !== undefined;
  });
  return found as EndpointView; // or it would not have ended
}

const endpointThatIs = (state: string): Promise<EndpointView> =>
  endpoint(`that is ${state}`, (one) => one.state === state);

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
  await endpointThatIs('not-ready');
  expect(await callWeb()).toMatch(/no endpoint.* 503$/s);
  writeFileSync(mesh.path('go'), '');
  await endpointThatIs('ready');
  expect(await callWeb()).toBe('hello 200');
});

test('while their node is away endpoints are the last resort, and traffic goes on', async () => {
  expect(await n1.stop()).toBe(0);
  const away = await endpointThatIs('unreachable');
  expect(away.reason).toMatch(/^node 'n1' .* used only while no other endpoint is ready$/);
  expect(await callWeb()).toBe('hello 200');
});

test('a node that comes back at another address is found there, and so are its workloads', async () => {
  n1 = await mesh.startNode('n1', mesh.host(3));
  await endpoint('there', (one) => one.address === mesh.host(3) && one.state === 'ready');
  expect(await callWeb()).toBe('hello 200');
  const { items } = await mesh.admin('n2').nodes({});
  expect(items).toMatchObject([{ name: 'n1', state: 'alive' }, { name: 'n2' }]);
  expect(items[0]?.addresses[0]).toStartWith(`/ip4/${mesh.host(3)}/`);
});

test('a node that is killed comes back to its state', async () => {
  await n1.stop('SIGKILL');
  n1 = await mesh.startNode('n1', mesh.host(3));
  await endpointThatIs('ready');
  const status = JSON.parse(await mesh.must('status', ...data('n1'), '-o', 'json'));
  expect(status).toMatchObject({ authority: 'yes', members: { alive: 1 } });
  const [web] = status.workloads; // its sidecar goes on with what it has, which nobody gives it again so soon
  expect(web.svid.leftMs).toBeGreaterThan(0);
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
  const before = (await endpoints()).map(({ port }) => port);
  process.kill(sidecarOf(web) ?? -1, 'SIGKILL');
  await endpoint('of another', (one) => one.state === 'ready' && !before.includes(one.port));
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
  await endpointThatIs('draining');
  expect(await ended).toBe(143); // 128 + SIGTERM: it has no handler
  await until('it is gone', async () => (await endpoints()).length === 0);
});

test('a node that was stopped has left to those who start while it is away, and needs no person', async () => {
  const n2HasLeft = async () =>
    (await mesh.admin('n1').nodes({})).items.some(
      ({ name, state }) => name === 'n2' && state === 'left',
    );
  expect(await n2.stop()).toBe(0);
  await until('n1 sees it leave', n2HasLeft);
  await n1.stop('SIGKILL');
  n1 = await mesh.startNode('n1', mesh.host(3));
  await until('n1 knows that it left', n2HasLeft);
  const { members, warnings } = JSON.parse(await mesh.must('status', ...data('n1'), '-o', 'json'));
  expect(members).toEqual({ alive: 0, suspect: [], dead: [], left: ['n2'] });
  expect(warnings).toEqual([]);
});

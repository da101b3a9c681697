import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Resolver } from 'node:dns/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { descendantsOf } from '../src/platform/index.ts';
import { eventually } from '../src/ports/testing/index.ts';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

/** Services called by name: by real programs, each under its own `selvage run`, through a node's DNS. */
setDefaultTimeout(120_000);

const PORT = 8_094;
const NAME = 'web.default.mesh';
const isRoot = process.getuid?.() === 0;

const RULES = `apiVersion: selvage.dev/v1alpha1
kind: Service
metadata: { name: web }
spec: { protocol: http, port: ${PORT} }
---
apiVersion: selvage.dev/v1alpha1
kind: Service
metadata: { name: nameless }
spec: { protocol: tcp }
---
apiVersion: selvage.dev/v1alpha1
kind: Registration
metadata: { name: web }
spec: { selectors: { uid: node } }
---
apiVersion: selvage.dev/v1alpha1
kind: Registration
metadata: { name: client }
spec: { selectors: { uid: node } }
`;

const APPLICATION = `
  Bun.serve({ hostname: '127.0.0.1', port: Number(process.argv.at(-1)), fetch: () => new Response('hello') });
`;

/** Says where it finds the service and what that answers, whenever the file that it is given changes. */
const CALLER = `
  import { Resolver } from 'node:dns/promises';
  const [server, name, port, question] = process.argv.slice(-4);
  const resolver = new Resolver();
  resolver.setServers([server]);
  for (let last = ''; ; await Bun.sleep(20)) {
    const asked = await Bun.file(question).text();
    if (asked === last) continue;
    last = asked;
    const [address] = await resolver.resolve4(name).catch((error) => [error.code]);
    const answer = await fetch('http://' + address + ':' + port + '/', { headers: { host: name } }).catch(() => undefined);
    console.log(asked, address, answer?.status, answer?.headers.get('x-selvage-peer'), 'end of ' + asked);
  }
`;

const mesh = new MeshOnDisk();
const data = ['--data', mesh.path('n1')];
const socket = ['--socket', mesh.path('n1', 'workload.sock')];
let node: Running;
let dns: string;
let questions = 0;

const startNode = async () => {
  node = await mesh.startNode('n1', mesh.host(1));
  const status = JSON.parse(await mesh.must('status', ...data, '-o', 'json'));
  dns = status.dns.address;
};

beforeAll(async () => {
  const key = mesh.path('governor.key');
  const founding = [
    '--trust-domain',
    'names.example',
    ...data,
    '--governor-key',
    key,
    '--no-passphrase',
  ];
  await mesh.must('init', ...founding, '--name', 'n1');
  await startNode();
  const rules = mesh.path('rules');
  mkdirSync(rules);
  writeFileSync(mesh.path('rules', 'all.yaml'), RULES);
  writeFileSync(mesh.path('rules', 'all.cedar'), 'permit (principal, action, resource);');
  await mesh.must('apply', '-f', rules, '--key', key, ...data, '--yes');
  const port = String(await freePort());
  const serve = ['--service', 'web', '--port', port, '--log-level', 'info'];
  const web = mesh.start(
    'run',
    ...socket,
    ...serve,
    '--',
    process.execPath,
    '-e',
    APPLICATION,
    port,
  );
  await web.says('"application listening"');
});
afterAll(() => mesh.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Caller {
  readonly running: Running;
  /** Where it finds the service now, and what it is answered. */
  ask(): Promise<{ address: string; status: string; peer: string }>;
}

function startCaller(name: string, upstreams: readonly string[] = ['web']): Caller {
  const question = mesh.path(`${name}.question`);
  writeFileSync(question, '');
  const program = [process.execPath, '-e', CALLER, dns, NAME, String(PORT), question];
  const calls = upstreams.flatMap((to) => (to.startsWith('--') ? [to] : ['--upstream', to]));
  const by = ['--service', 'client', ...calls];
  const running = mesh.start('run', ...socket, ...by, '--', ...program);
  return {
    running,
    async ask() {
      questions += 1;
      const mark = `question-${questions}`;
      writeFileSync(question, mark);
      await running.says(`end of ${mark}`);
      const line = running.written().slice(running.written().indexOf(`${mark} `));
      const [, address = '', status = '', peer = ''] = line.split(' ');
      return { address, status, peer };
    },
  };
}

/** What a program that belongs to no workload is told. */
async function bystander(): Promise<string> {
  const resolver = new Resolver();
  resolver.setServers([dns]);
  return await resolver.resolve4(NAME).then(
    ([address]) => address ?? 'nothing',
    (error: NodeJS.ErrnoException) => error.code ?? 'no code',
  );
}

const PEER = 'spiffe://names.example/ns/default/sa/web';
let one: Caller;
let other: Caller;

test('a program calls a service by name, and its sidecar takes it there', async () => {
  expect(await bystander()).toBe('ENOTFOUND');
  one = startCaller('one');
  const { address, status, peer } = await one.ask();
  expect(address).toMatch(/^127\.(8\d|9[0-5])\./);
  expect({ status, peer }).toEqual({ status: '200', peer: PEER });
  expect(await bystander()).toBe(address);
});

test('two programs of one user on one host find the same name at two addresses', async () => {
  other = startCaller('other');
  const [first, second] = [await one.ask(), await other.ask()];
  expect([first.status, second.status]).toEqual(['200', '200']);
  expect(second.address).not.toBe(first.address);
  expect(await bystander()).toBe('EREFUSED');
  expect(node.written()).toContain('whose question it is cannot be told');
});

test('a program whose own workload does not call a service has no name for it', async () => {
  const idle = startCaller('idle', []);
  expect((await idle.ask()).address).toBe('ENOTFOUND');
  expect(node.written()).toContain('its workload does not call it');
  await idle.running.stop();
});

const addresses = async () => [(await one.ask()).address, (await other.ask()).address];

test('addresses outlive the node', async () => {
  const before = await addresses();
  await node.stop('SIGKILL');
  await startNode();
  for (const caller of [one, other]) await attached(caller);
  expect(await addresses()).toEqual(before);
});

/** The sidecars that this `selvage run` keeps. */
const sidecarsOf = ({ running }: Caller): readonly number[] =>
  descendantsOf(running.pid).flatMap(({ pid, args }) =>
    args.includes('--supervised') ? [pid] : [],
  );

test('addresses outlive the sidecar, when it dies and when it is replaced', async () => {
  const before = await addresses();
  const known = new Set(sidecarsOf(one));
  const another = () => sidecarsOf(one).find((pid) => !known.has(pid));
  for (const pid of known) process.kill(pid, 'SIGKILL');
  await eventually('another sidecar', () => another() !== undefined);
  known.add(another() ?? 0);
  await attached(one);
  expect(await addresses()).toEqual(before);
  process.kill(one.running.pid, 'SIGUSR2');
  await eventually('its successor', () => another() !== undefined);
  await attached(one);
  expect(await addresses()).toEqual(before);
});

test('several workers share the address of their workload', async () => {
  const many = startCaller('many', ['web', '--workers=2']);
  await attached(many);
  const { address, peer } = await many.ask();
  expect(peer).toBe(PEER);
  expect(await addresses()).not.toContain(address);
  await many.running.stop();
});

/** Waits until the sidecar of a caller is with the node again. */
async function attached(caller: Caller): Promise<void> {
  const end = Date.now() + 10_000;
  while ((await caller.ask()).status !== '200') {
    if (Date.now() > end) throw new Error(`not attached: ${node.written()}`);
  }
}

test('what is called by name, and where, is said by the status', async () => {
  const { address } = await one.ask();
  const text = await mesh.must('status', ...data);
  expect(text).toMatch(new RegExp(`^names +answered on ${dns}$`, 'm'));
  expect(text).toContain(`${NAME} is ${address}:${PORT}`);
  expect(text).toContain('1 upstream open to every process of this host');
});

test('an address is free when its workload is gone', async () => {
  await other.running.stop();
  expect(await bystander()).toBe((await one.ask()).address);
  await one.running.stop();
  expect(await bystander()).toBe('ENOTFOUND');
});

test('a service without a port cannot be called by name, and the person hears what to do', async () => {
  const by = ['--service', 'client', '--upstream', 'nameless'];
  const { code, errors } = await mesh.run('run', ...socket, ...by, '--', 'true');
  expect(code).not.toBe(0);
  expect(errors).toContain('default/nameless cannot be called by name');
  expect(errors).toContain('--upstream default/nameless=PORT');
});

test.skipIf(!isRoot)('the system’s own resolver finds the name (needs root)', async () => {
  const [host = '', port] = dns.split(':');
  expect(port).toBe('53');
  writeFileSync(mesh.path('resolv.conf'), `nameserver ${host}\n`);
  // Only what runs in this mount namespace sees the other resolv.conf.
  const script = `mount --bind ${mesh.path('resolv.conf')} /etc/resolv.conf && exec "$@"`;
  const program = ['curl', '-si', `http://${NAME}:${PORT}/`];
  const inNamespace = ['unshare', '--mount', 'sh', '-c', script, 'sh', ...program];
  const by = ['--service', 'client', '--upstream', 'web'];
  const answer = await mesh.must('run', ...socket, ...by, '--', ...inNamespace);
  expect(answer).toStartWith('HTTP/1.1 200');
  expect(answer).toContain(`x-selvage-peer: ${PEER}`);
});

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { descendantsOf, killProcess, listNamespaces, runHostTool } from '../src/platform/index.ts';
import {
  CANNOT_MAKE_NAMESPACES,
  startNamespace,
  type TestNamespace,
} from '../src/platform/testing/index.ts';
import { eventually } from '../src/ports/testing/index.ts';
import { MeshOnDisk, type Outcome, PORTS, type Running } from './mesh-on-disk.ts';

/**
 * Programs that are isolated, and programs whose connections are captured, with real processes. All of it happens in
 * a network namespace, in which every address is the host's own.
 */
setDefaultTimeout(120_000);

const NODE_ADDRESS = '10.99.0.1';
const STRANGER = '203.0.113.7';
const NOBODY = '65534';
const PEER = 'spiffe://isolated.example/ns/default/sa/web';

const RULES = `apiVersion: selvage.dev/v1alpha1
kind: Service
metadata: { name: web }
spec: { protocol: http, port: 8094 }
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

const SERVER = `
  Bun.serve({ hostname: '127.0.0.1', port: 8080, fetch: () => new Response('hello') });
`;
/** Says of each URL what it answers, and from whom, or that it does not. */
const CALLER = `
  for (const url of process.argv.slice(1)) {
    const answer = await fetch(url).catch((error) => error.code);
    console.log(answer.status ?? answer, answer.headers?.get('x-selvage-peer') ?? '-');
  }
`;
const caller = (...urls: readonly string[]) => [process.execPath, '-e', CALLER, ...urls];
const PROGRAM = resolve(import.meta.dir, '../bin/selvage');
const STAY = [process.execPath, '-e', 'await Bun.sleep(60_000)'];

const mesh = new MeshOnDisk();
const socket = ['--socket', mesh.path('n1', 'workload.sock')];
const client = ['--service', 'client', ...socket];
let place: TestNamespace;
/** Where other sidecars reach web. */
let endpoint: string;

const run = (...args: readonly string[]): Promise<Outcome> =>
  place.namespace.inside(() => mesh.run(...args));
const start = (...args: readonly string[]): Running =>
  place.namespace.inside(() => mesh.start(...args));

/** What a program is answered that no sidecar has anything to do with. */
async function outsider(url: string, user = '0'): Promise<string> {
  const command = ['setpriv', `--reuid=${user}`, '--clear-groups', ...caller(url)];
  const child = place.namespace.inside(() => Bun.spawn(command, { stdout: 'pipe' }));
  return (await new Response(child.stdout).text()).trim();
}

/** Of the programs that are started here; others on this host may isolate theirs meanwhile. */
const ownNamespaces = (): string[] => {
  const own = new Set(mesh.pids.map((pid) => `selvage-${pid}`));
  return listNamespaces().filter((name) => own.has(name));
};

async function startMesh(): Promise<void> {
  const data = ['--data', mesh.path('n1')];
  const key = mesh.path('governor.key');
  const founding = [
    '--trust-domain',
    'isolated.example',
    ...data,
    '--governor-key',
    key,
    '--no-passphrase',
  ];
  await mesh.must('init', ...founding, '--name', 'n1');
  await start('node', ...data, '--listen', NODE_ADDRESS, ...PORTS).says('"node started"');
  mkdirSync(mesh.path('rules'));
  writeFileSync(mesh.path('rules', 'all.yaml'), RULES);
  writeFileSync(mesh.path('rules', 'all.cedar'), 'permit (principal, action, resource);');
  await mesh.must('apply', '-f', mesh.path('rules'), '--key', key, ...data, '--yes');
  const serve = ['--service', 'web', '--port', '8080', '--log-level', 'info', ...socket];
  const web = start('run', '--isolate', ...serve, '--', process.execPath, '-e', SERVER);
  await web.says('"application listening"');
  const port = /"port":(\d+),"message":"inbound listener open"/.exec(web.written())?.[1];
  endpoint = `http://${NODE_ADDRESS}:${port}/`;
}

describe.skipIf(CANNOT_MAKE_NAMESPACES)('a program (needs root, ip and nft)', () => {
  beforeAll(async () => {
    place = await startNamespace();
    await startMesh();
  });
  afterAll(async () => {
    await mesh.close();
    await place.remove();
    expect(ownNamespaces()).toEqual([]);
  });

  test('that is isolated is reached through its sidecar only, and reaches its upstreams only', async () => {
    const urls = ['http://127.0.0.1:9001/', `http://${STRANGER}/`, endpoint];
    const called = await run(
      'run',
      '--isolate',
      ...client,
      '--upstream',
      'web=9001',
      '--',
      ...caller(...urls),
    );
    const [upstream, ...others] = called.out.trim().split('\n');
    expect(upstream).toBe(`200 ${PEER}`);
    for (const other of others) expect(other).not.toStartWith('200');
    expect(await outsider('http://127.0.0.1:8080/')).not.toStartWith('200');
  });

  test('that is isolated shares its identity with nobody of its host', async () => {
    const running = start(
      'run',
      '--isolate',
      ...client,
      '--upstream',
      'web=9001',
      '--log-level',
      'info',
      '--',
      ...STAY,
    );
    await running.says('sidecar serving');
    expect(await outsider('http://127.0.0.1:9001/')).not.toStartWith('200');
    expect(await mesh.must('status', '--data', mesh.path('n1'))).toMatch(
      /sa\/client .*, isolated\)/,
    );
    await running.stop();
  });

  test('that is isolated calls by name without a resolver, also when several workers serve it', async () => {
    const url = 'http://web.default.mesh:8094/';
    const flags = [...client, '--upstream', 'web', '--workers', '2'];
    const called = await run('run', '--isolate', ...flags, '--', ...caller(url));
    expect(called.out.trim()).toBe(`200 ${PEER}`);
  });

  test('that is isolated runs as the user that it is told, and its exit code is its own', async () => {
    const flags = ['--isolate', '--user', 'nobody', ...client];
    const ended = await run('run', ...flags, '--', 'sh', '-c', 'id -u; exit 7');
    expect(ended).toMatchObject({ code: 7, out: `${NOBODY}\n` });
  });

  test('that is isolated and captured is taken to a service by its address, and nowhere else', async () => {
    const urls = [endpoint, `http://${STRANGER}/`];
    const flags = ['--isolate', '--capture', ...client, '--upstream', 'web=9001'];
    const called = await run('run', ...flags, '--', ...caller(...urls));
    const [mapped, stranger] = called.out.trim().split('\n');
    expect(mapped).toBe(`200 ${PEER}`);
    expect(stranger).not.toStartWith('200');
    expect(called.errors).toContain(`"to":"${STRANGER}:80"`);
  });

  test('is captured by its user for as long as the sidecar runs', async () => {
    const sidecar = [PROGRAM, 'sidecar', ...client, '--upstream', 'web=9001', '--capture'];
    const capture = start('capture', '--uid', 'nobody', '--', ...sidecar);
    await capture.says('sidecar serving');
    expect(await outsider(endpoint, NOBODY)).toBe(`200 ${PEER}`);
    expect(await outsider(endpoint)).not.toStartWith('200');
    expect(await outsider(`http://${STRANGER}/`, NOBODY)).not.toStartWith('200');
    await capture.stop();
    expect(await runHostTool('nft', ['list', 'tables'], place.namespace)).toBe('');
  });

  test('that is told to end before it began leaves no namespace behind', async () => {
    const nowhere = ['--service', 'client', '--socket', mesh.path('nowhere.sock')];
    const running = start('run', '--isolate', ...nowhere, '--', ...STAY);
    const made = `selvage-${running.pid}`;
    await eventually('the namespace is there', () => ownNamespaces().includes(made));
    expect(await running.stop()).toBe(128 + 15);
    expect(ownNamespaces()).not.toContain(made);
  });

  test('leaves nothing behind, and what a killed run leaves the next one removes', async () => {
    const running = start('run', '--isolate', ...client, '--log-level', 'info', '--', ...STAY);
    await running.says('sidecar serving');
    const left = `selvage-${running.pid}`;
    const orphans = descendantsOf(running.pid);
    await running.stop('SIGKILL');
    expect(ownNamespaces()).toContain(left);
    await run('run', '--isolate', ...client, '--', 'true');
    expect(ownNamespaces()).not.toContain(left);
    for (const { pid } of orphans) killProcess(pid);
  });
});

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { isProcessAlive } from '../src/platform/index.ts';
import { freePort, HelloMesh, sidecarsBelow, until } from './hello-mesh.ts';
import type { Running } from './mesh-on-disk.ts';

/** What ran when its identity was revoked does not get it back, as real processes. */
setDefaultTimeout(120_000);

const hello = new HelloMesh();
let node: Running;
let client: Running;

beforeAll(async () => {
  node = await hello.found('revoked.example');
  client = await hello.startClient();
});
afterAll(() => hello.disk.close());

async function serving(...flags: readonly string[]): Promise<Running> {
  const web = await hello.startWeb(...flags);
  await until('an answer', async () => (await hello.call()) === 'hello');
  return web;
}

/** Its exit code, once it has said what was revoked. */
async function endOf(running: Running): Promise<number> {
  await running.says('WORKLOAD_REVOKED');
  await until('it ended', () => !isProcessAlive(running.pid));
  return await running.stop();
}

const nodeSays = (text: string): number => node.written().split(text).length - 1;

test('`selvage run` ends with its application when what it runs is revoked, and serves when it is started anew', async () => {
  const web = await serving();
  const before = { sidecars: sidecarsBelow(web.pid), attached: nodeSays('workload attached') };
  expect(before.sidecars).toHaveLength(1);
  await hello.revoke('default/web');
  expect(await endOf(web)).toBe(3);
  expect(web.written()).toContain('Start the workload anew');
  expect(web.written()).not.toContain('starting it again');
  expect(nodeSays('workload attached')).toBe(before.attached);
  expect(await hello.call()).not.toBe('hello');
  const again = await serving();
  await again.stop();
});

test('an application that does not end by itself is ended', async () => {
  const program = (port: string) =>
    `process.on('SIGTERM', () => console.log('I stay')); Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: () => new Response('hello') });`;
  const port = String(await freePort());
  const web = hello.startAsWeb(port, program(port));
  await until('an answer', async () => (await hello.call()) === 'hello');
  await hello.revoke('default/web');
  expect(await endOf(web)).toBe(3);
  expect(web.written()).toContain('I stay');
});

test('a sidecar that replaced another one is as old as what it replaced', async () => {
  const first = client.pid;
  process.kill(first, 'SIGUSR2');
  await client.says('sidecar replaced');
  await hello.revoke('default/client');
  expect(await endOf(client)).toBe(3);
});

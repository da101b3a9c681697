import { afterAll, beforeAll, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { envoyProgram, hasEnvoy } from '../../bench/peers/envoy-program.ts';
import { freePort, HelloMesh } from '../hello-mesh.ts';
import { inboundOf } from './inbound-place.ts';
import { SHORT_LIVES } from './short-lives.ts';
import { envoyConfiguration } from './stock-envoy.ts';

const WEB = 'spiffe://hello.example/ns/default/sa/web';
const LIMIT_MS = 20_000;

const isThere = hasEnvoy();
if (!isThere) console.warn('interop with Envoy is skipped: its wheel is not installed');

const mesh = new HelloMesh();
let envoy: Bun.Subprocess | undefined;

beforeAll(async () => {
  if (!isThere) return;
  await mesh.found('hello.example');
  writeFileSync(mesh.disk.path('rules', 'mesh.yaml'), SHORT_LIVES);
  await mesh.permit('@id("all")\npermit (principal, action, resource);\n');
}, 120_000);

afterAll(async () => {
  envoy?.kill();
  await envoy?.exited;
  await mesh.disk.close();
}, 120_000);

/** Asks until the answer is right; the last one otherwise. */
async function eventually(url: string, isRight: (answer: string) => boolean): Promise<string> {
  const endsAt = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await textOf(url);
    if (isRight(answer) || performance.now() > endsAt) return answer;
    await Bun.sleep(50);
  }
}

async function textOf(url: string): Promise<string> {
  try {
    return await (await fetch(url, { headers: { connection: 'close' } })).text();
  } catch (error) {
    return String(error);
  }
}

test.skipIf(!isThere)(
  'an Envoy gets its certificates by secret discovery, calls a sidecar, and takes each rotation',
  async () => {
    const web = await mesh.startWeb();
    await web.says('sidecar serving');
    const [address = '', port] = (await inboundOf(mesh, 'web')).split(':');
    const [listenPort, adminPort] = [await freePort(), await freePort()];
    const path = mesh.disk.path('envoy.json');
    const secretsSocket = mesh.disk.path('n1', 'spiffe.sock');
    const upstream = { address, port: Number(port) };
    const names = { serverName: 'web.default.selvage', peer: WEB };
    const plan = { listenPort, adminPort, secretsSocket, upstream, ...names };
    writeFileSync(path, JSON.stringify(envoyConfiguration(plan)));
    const flags = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
    envoy = Bun.spawn([envoyProgram, ...flags, '-c', path], {
      stdout: 'inherit',
      stderr: 'inherit',
    });

    const plain = `http://127.0.0.1:${listenPort}/`;
    expect(await eventually(plain, (answer) => answer === 'hello')).toBe('hello');
    const updates = `http://127.0.0.1:${adminPort}/stats?filter=sds.default.update_success`;
    const isRotated = (stats: string) => Number(/: (\d+)/.exec(stats)?.[1]) >= 2;
    expect(isRotated(await eventually(updates, isRotated))).toBe(true);
    expect(await textOf(plain)).toBe('hello');
  },
  120_000,
);

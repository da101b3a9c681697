import { afterAll, beforeAll, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { HelloMesh } from '../hello-mesh.ts';
import { buildGoProgram } from './go-program.ts';
import { inboundOf } from './inbound-place.ts';
import { SHORT_LIVES } from './short-lives.ts';

const WEB = 'spiffe://hello.example/ns/default/sa/web';
/** All at once, then each of its two SVIDs as it is renewed. */
const UPDATES = '3';
const PROGRAM_LIMIT_MS = 30_000;

const program = await buildGoProgram();
const mesh = new HelloMesh();

beforeAll(async () => {
  if (program === undefined) return;
  await mesh.found('hello.example');
  writeFileSync(mesh.disk.path('rules', 'mesh.yaml'), SHORT_LIVES);
  await mesh.permit('@id("all")\npermit (principal, action, resource);\n');
}, 120_000);

afterAll(() => mesh.disk.close(), 120_000);

test.skipIf(program === undefined)(
  'a program with go-spiffe fetches, is told a rotation, and calls a sidecar by mutual TLS with each',
  async () => {
    const web = await mesh.startWeb();
    await web.says('sidecar serving');
    const address = await inboundOf(mesh, 'web');
    const child = Bun.spawn([program ?? '', UPDATES, address, 'web.default.selvage', WEB], {
      stdout: 'pipe',
      stderr: 'inherit',
      timeout: PROGRAM_LIMIT_MS,
      env: { SPIFFE_ENDPOINT_SOCKET: `unix://${mesh.disk.path('n1', 'spiffe.sock')}` },
    });
    const lines = (await new Response(child.stdout).text()).trim().split('\n');
    const serials = lines.flatMap((line) => /^svid \S+ (\w+)/.exec(line)?.[1] ?? []);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
    const answers = lines.filter((line) => line.startsWith('answer'));
    expect(answers).toEqual(Array(3).fill('answer 200 hello'));
    expect(new Set(serials).size).toBe(2);
  },
  120_000,
);

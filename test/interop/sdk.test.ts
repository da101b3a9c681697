import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { SdkError } from '../../src/sdk/errors.ts';
import {
  fetchJwt,
  fetchX509,
  keepServer,
  tlsOptions,
  validateJwt,
  watchX509,
} from '../../src/sdk/index.ts';
import { fencesOf } from '../fences.ts';
import { HelloMesh } from '../hello-mesh.ts';
import { SHORT_LIVES } from './short-lives.ts';

const WEB = 'spiffe://hello.example/ns/default/sa/web';
const CLIENT = 'spiffe://hello.example/ns/default/sa/client';

const mesh = new HelloMesh();
let endpoint = '';

beforeAll(async () => {
  await mesh.found('hello.example');
  writeFileSync(mesh.disk.path('rules', 'mesh.yaml'), SHORT_LIVES);
  await mesh.permit('@id("all")\npermit (principal, action, resource);\n');
  endpoint = `unix://${mesh.disk.path('n1', 'spiffe.sock')}`;
}, 120_000);

afterAll(() => mesh.disk.close(), 120_000);

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof SdkError ? error.code : String(error)),
  );

describe('a program with the sdk', () => {
  test('gets the identity that it names, or the default one', async () => {
    expect((await fetchX509({ endpoint })).spiffeId as string).toBe(CLIENT);
    const web = await fetchX509({ endpoint, spiffeId: WEB });
    expect(web.spiffeId as string).toBe(WEB);
    expect(web.expiresAtMs).toBeGreaterThan(Date.now());
  });

  test('is told what is wrong, by code', async () => {
    expect(await codeOf(fetchX509({ endpoint: 'unix://relative' }))).toBe('ENDPOINT_MALFORMED');
    expect(await codeOf(fetchX509({ endpoint, spiffeId: 'spiffe://x/y' }))).toBe('IDENTITY_DENIED');
    const nowhere = { endpoint: 'unix:///nowhere/spiffe.sock', timeoutMs: 300 };
    expect(await codeOf(fetchX509(nowhere))).toBe('API_UNAVAILABLE');
    await expect(fetchX509(nowhere)).rejects.toThrow(/ENOENT \/nowhere\/spiffe\.sock$/);
    expect(await codeOf(fetchJwt([], { endpoint }))).toBe('REQUEST_REFUSED');
    expect(await codeOf(validateJwt('no.token.this', 'db', { endpoint }))).toBe('REQUEST_REFUSED');
  });

  test('is given each renewed identity, until it ends the watch', async () => {
    const end = new AbortController();
    const leaves = new Set<string>();
    for await (const identity of watchX509({ endpoint, signal: end.signal })) {
      leaves.add(identity.certificateChainPem);
      if (leaves.size === 2) end.abort();
    }
    expect(leaves.size).toBe(2);
  });
});

test('the example says who it is, and shows its token to a service', async () => {
  const shown: string[] = [];
  const service = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
      const judged = await validateJwt(token, new URL(request.url).host, { endpoint });
      shown.push(judged.spiffeId);
      return new Response('welcome');
    },
  });
  const example = join(import.meta.dir, '../../examples/sdk/reporter.ts');
  const program = Bun.spawn([process.execPath, example, `${service.url}`], {
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, SPIFFE_ENDPOINT_SOCKET: endpoint },
  });
  const said = await new Response(program.stdout).text();
  service.stop();
  expect(said).toMatch(`I am ${CLIENT} until 2`);
  expect(said).toContain('200 welcome');
  expect(shown).toEqual([CLIENT]);
});

test('what the guide shows of the example is what stands there', () => {
  const text = (path: string) => readFileSync(join(import.meta.dir, '../..', path), 'utf8');
  const [shown] = fencesOf(text('docs/guides/identity.md')).filter(
    ({ language }) => language === 'ts',
  );
  expect(shown?.text.trim()).toBe(
    text('examples/sdk/reporter.ts').split('\n').slice(1).join('\n').trim(),
  );
});

describe('mutual TLS with the sdk', () => {
  /** What a client gets of a server whose own ID is WEB, which wants `wanted`, and is wanted as `expected`. */
  async function greet(wanted: readonly string[], expected: readonly string[]): Promise<string> {
    const web = await fetchX509({ endpoint, spiffeId: WEB });
    const server = createServer(tlsOptions(web, wanted), (socket) => socket.end('hello'));
    await keepServer(server, wanted, { endpoint, spiffeId: WEB });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const client = await fetchX509({ endpoint, spiffeId: CLIENT });
    try {
      return await new Promise<string>((resolve) => {
        let text = '';
        const options = { host: '127.0.0.1', port, ...tlsOptions(client, expected) };
        const socket = connect(options);
        socket.on('data', (bytes) => {
          text += bytes.toString();
        });
        socket.on('error', (error) => resolve(error.message));
        socket.on('close', () => resolve(text));
      });
    } finally {
      server.close();
    }
  }

  test('is between those who want each other', async () => {
    expect(await greet([CLIENT], [WEB])).toBe('hello');
  });

  test('ends where the server is somebody else than the client wants', async () => {
    expect(await greet([CLIENT], [CLIENT])).toContain(`the peer is ${WEB}`);
  });

  test('ends where the client is somebody else than the server wants, before a word is said', async () => {
    expect(await greet([WEB], [WEB])).toBe('');
  });
});

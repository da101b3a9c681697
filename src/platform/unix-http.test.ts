import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOfLate } from '../core/testing/index.ts';
import { serveUnixHttp, unixFetch } from './index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-http-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const request = (path: string): Request => new Request(`http://selvage${path}`);

test('a request over the socket is answered, and the socket is its owner’s alone', async () => {
  const path = join(directory, 'admin.sock');
  const server = await serveUnixHttp(path, 0o600, ({ url }) => new Response(new URL(url).pathname));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await (await unixFetch(path, request('/v1/status'))).text()).toBe('/v1/status');
  await server.stop();
  expect(existsSync(path)).toBe(false);
});

test('a socket that is not there is an error that says how to start a node', async () => {
  const error = await refusalOfLate(unixFetch(join(directory, 'none.sock'), request('/')));
  expect(error.code).toBe('SOCKET_UNREACHABLE');
  expect(error.message).toContain('does not exist');
  expect(error.remedy).toContain('selvage node');
  expect(error.remedy).toContain('socket was removed'); // to start it again beside itself would not help
});

test.skipIf(process.getuid?.() !== 0)(
  'the socket of another user is an error that says as whom to ask',
  async () => {
    const path = join(directory, 'admin.sock');
    const server = await serveUnixHttp(path, 0o600, () => new Response());
    process.seteuid?.(65_534);
    try {
      const error = await refusalOfLate(unixFetch(path, request('/')));
      expect(error.message).toContain('may not be opened by this user');
      expect(error.remedy).toBe('Run the command as the user whose node it is.');
    } finally {
      process.seteuid?.(0);
    }
    await server.stop();
  },
);

test('a request that is given up ends with the reason that it was given up for', async () => {
  const path = join(directory, 'admin.sock');
  const server = await serveUnixHttp(path, 0o600, () => new Promise<Response>(() => undefined));
  const controller = new AbortController();
  const waiting = unixFetch(path, new Request('http://selvage/', { signal: controller.signal }));
  controller.abort(new Error('the person pressed Ctrl-C'));
  await expect(waiting).rejects.toThrow('the person pressed Ctrl-C');
  await server.stop();
});

test('an answer may stream for as long as both sides stay', async () => {
  const path = join(directory, 'admin.sock');
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const server = await serveUnixHttp(path, 0o600, () => new Response(readable));
  const writer = writable.getWriter();
  await Promise.all([writer.write(Buffer.from('one')), readOne(path)]);
  await server.stop();
});

async function readOne(path: string): Promise<void> {
  const { body } = await unixFetch(path, request('/v1/changes'));
  const reader = body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one');
  await reader?.cancel();
}

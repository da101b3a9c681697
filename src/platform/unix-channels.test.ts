import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Channel } from '../ports/index.ts';
import { connectUnix, listenUnix } from './unix-channels.ts';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'selvage-')), 's.sock');

/** Collects what arrives until `count` bytes are there. */
function collector(count: number) {
  const done = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let size = 0;
  return {
    whole: done.promise,
    handlers: {
      bytes(bytes: Uint8Array) {
        parts.push(Buffer.from(bytes));
        size += bytes.length;
        if (size >= count) done.resolve(Buffer.concat(parts));
      },
      closed: () => done.reject(new Error('closed')),
    },
  };
}

test('bytes pass both ways in order, more than the kernel takes at once', async () => {
  const path = fresh();
  const payload = Buffer.from(Array.from({ length: 4_000_000 }, (_, i) => i % 251));
  const server = collector(payload.length);
  const listener = await listenUnix(path, 0o600, (channel) => {
    channel.send(payload);
    return server.handlers;
  });
  const client = collector(payload.length);
  const channel = await connectUnix(path, () => client.handlers);
  channel.send(payload);
  expect((await client.whole).equals(payload)).toBe(true);
  expect((await server.whole).equals(payload)).toBe(true);
  listener.stop();
});

test('nobody behind a path is an error that says so', async () => {
  const nowhere = connectUnix('/nowhere/at/all.sock', () => ({ bytes() {}, closed() {} }));
  await expect(nowhere).rejects.toThrow('does not exist');
});

test('a reader so slow that the queue passes its bound loses the channel', async () => {
  const path = fresh();
  const closed = Promise.withResolvers<void>();
  let serverSide: Channel | undefined;
  const listener = await listenUnix(path, 0o600, (channel) => {
    serverSide = channel;
    return { bytes() {}, closed: () => closed.resolve() };
  });
  await Bun.connect({ unix: path, socket: { open: (s) => s.pause(), data() {} } });
  const chunk = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 40; i++) serverSide?.send(chunk);
  await closed.promise;
  listener.stop();
});

test('what is sent after the other side is gone is not kept', async () => {
  const path = fresh();
  const closed = Promise.withResolvers<void>();
  const accepted = Promise.withResolvers<Channel>();
  const listener = await listenUnix(path, 0o600, (channel) => {
    accepted.resolve(channel);
    return { bytes() {}, closed: () => closed.resolve() };
  });
  const client = await connectUnix(path, () => ({ bytes() {}, closed() {} }));
  const channel = await accepted.promise;
  client.close();
  await closed.promise;
  for (let i = 0; i < 100; i++) channel.send(new Uint8Array(1024 * 1024));
  channel.close();
  listener.stop();
});

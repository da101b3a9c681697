import { afterEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { RpcMethods } from '../ports/index.ts';
import { peerProcess } from './attestation.ts';
import { type GrpcRefusal, serveUnixGrpc, type UnixGrpcServer } from './unix-grpc.ts';

const asItIs = (bytes: Buffer): Buffer => bytes;
let server: UnixGrpcServer | undefined;
const sockets: Socket[] = [];
const others: Bun.Subprocess[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.stop();
  for (const other of others.splice(0)) other.kill();
});

/** Answers each message with itself and the caller's pid; `loads` says how often it was asked for its methods. */
async function serving() {
  const path = join(mkdtempSync(join(tmpdir(), 'selvage-grpc-')), 's.sock');
  const refusals: [GrpcRefusal, number | undefined][] = [];
  const told = { loads: 0, closed: 0 };
  const methods: RpcMethods<number> = {
    '/test/Echo': (call) => ({
      message(bytes) {
        call.send(Buffer.concat([bytes, Buffer.from(` ${call.attest()}`)]));
        if (bytes.toString() === 'end') call.end({ code: 'unavailable', message: 'enough' });
      },
      drained: () => undefined,
      closed() {
        told.closed += 1;
      },
    }),
    '/test/Refuse': (call) => {
      call.end({ code: 'permission-denied', message: 'not you' });
      return { message: () => undefined, drained: () => undefined, closed: () => undefined };
    },
  };
  server = await serveUnixGrpc<number>({
    path,
    mode: 0o666,
    attest: (fd) => peerProcess(fd).pid,
    async methods() {
      told.loads += 1;
      return methods;
    },
    refused: (...refusal) => refusals.push(refusal),
    failed: (error) => {
      throw error;
    },
  });
  return { path, told, refusals };
}

/** The messages that came for those sent, and the code at the end. */
async function call(path: string, method: string, ...sent: readonly string[]) {
  const client = new Client(`unix://${path}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const stream = client.makeBidiStreamRequest(method, asItIs, asItIs, new Metadata());
  const got: string[] = [];
  stream.on('data', (bytes: Buffer) => got.push(bytes.toString()));
  stream.on('error', () => undefined); // its status says the same
  for (const message of sent) stream.write(Buffer.from(message));
  const code = await new Promise<number>((resolve) => stream.on('status', (s) => resolve(s.code)));
  client.close();
  return { got, code };
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  sockets.push(socket);
  socket.on('error', () => undefined); // a refused one may see a reset
  await new Promise<void>((resolve) => socket.on('connect', resolve));
  return socket;
}

/** Another user of the host opens connections until one is refused, and keeps them: how many it has. */
async function crowdOf(uid: number, path: string): Promise<number> {
  chmodSync(dirname(path), 0o711);
  const program = `
    const { connect } = await import('node:net');
    const isServed = (socket) =>
      new Promise((resolve) => {
        socket.on('data', () => resolve(true)).on('close', () => resolve(false));
      });
    let held = 0;
    while (await isServed(connect(${JSON.stringify(path)}).on('error', () => undefined))) held += 1;
    console.log(held);
    setInterval(() => undefined, 60_000);`;
  const options = { uid, gid: uid, env: { HOME: '/' }, stderr: 'inherit' } as const;
  const child = Bun.spawn([process.execPath, '-e', program], { ...options, stdout: 'pipe' });
  others.push(child);
  for await (const line of child.stdout) return Number(Buffer.from(line).toString());
  return 0;
}

/** Long, for a machine that is busy with others. */
const DEADLINE_MS = 45_000;

async function until(holds: () => boolean): Promise<void> {
  const endsAt = performance.now() + DEADLINE_MS;
  while (!holds() && performance.now() < endsAt) await Bun.sleep(2);
  expect(holds()).toBe(true);
}

describe('gRPC on a unix socket', () => {
  test('carries messages both ways to a caller that the kernel names, and a status at the end', async () => {
    const { path, told } = await serving();
    const { got, code } = await call(path, '/test/Echo', 'a', 'end');
    expect(got).toEqual([`a ${process.pid}`, `end ${process.pid}`]);
    expect(code).toBe(14);
    expect(told.closed).toBe(1);
  });

  test('is open to all users, and loads what it needs at the first connection only', async () => {
    const { path, told } = await serving();
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect(told.loads).toBe(0);
    await call(path, '/test/Refuse', 'a');
    await call(path, '/test/Refuse', 'a');
    expect(told.loads).toBe(1);
  });

  test('ends a call that is refused as it is opened', async () => {
    const { path } = await serving();
    expect(await call(path, '/test/Refuse', 'a')).toEqual({ got: [], code: 7 });
  });

  test('has no other methods, and takes no message of more than 256 KiB', async () => {
    const { path } = await serving();
    expect((await call(path, '/test/None', 'a')).code).toBe(12);
    expect((await call(path, '/test/Echo', 'x'.repeat(257 * 1024))).code).toBe(8);
  });

  test('tells that a caller went away', async () => {
    const { path, told } = await serving();
    const client = new Client(`unix://${path}`, credentials.createInsecure());
    const stream = client.makeBidiStreamRequest('/test/Echo', asItIs, asItIs, new Metadata());
    stream.on('error', () => undefined); // it is ended by us
    stream.write(Buffer.from('a'));
    await new Promise<void>((resolve) => stream.once('data', () => resolve()));
    stream.cancel();
    await until(() => told.closed === 1);
    client.close();
  });

  test('holds 4,096 calls of one user, however silent, and refuses those beyond', async () => {
    const { path } = await serving();
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    const clients = Array.from(
      { length: 32 },
      () => new Client(`unix://${path}`, credentials.createInsecure(), options),
    );
    const refused: number[] = [];
    const cancels: (() => void)[] = [];
    let answered = 0;
    for (const client of clients) {
      for (let nth = 0; nth < 128; nth += 1) {
        const stream = client.makeBidiStreamRequest('/test/Echo', asItIs, asItIs, new Metadata());
        stream.on('data', () => (answered += 1));
        stream.on('error', () => undefined); // its status says the same
        stream.on('status', ({ code }) => refused.push(code));
        stream.write(Buffer.from('a'));
        cancels.push(() => stream.cancel());
      }
    }
    await until(() => answered + refused.length === 4_096);
    expect(refused).toEqual([]);
    expect((await call(path, '/test/Echo', 'a', 'end')).code).toBe(8);
    for (const cancel of cancels) cancel();
    for (const client of clients) client.close();
    let code = 0;
    const endsAt = performance.now() + DEADLINE_MS;
    while (code !== 14 && performance.now() < endsAt) {
      ({ code } = await call(path, '/test/Echo', 'a', 'end'));
    }
    expect(code).toBe(14);
  }, 60_000);

  test('holds 2,048 connections of one user, refuses those beyond, and takes others when they are gone', async () => {
    const { path, refusals } = await serving();
    for (let wave = 0; wave < 2_048; wave += 128) {
      await Promise.all(Array.from({ length: 128 }, () => connected(path)));
    }
    expect(refusals).toEqual([]);
    const beyond = await connected(path);
    await new Promise<void>((resolve) => beyond.on('close', () => resolve()));
    expect(refusals).toEqual([['too-many-connections', process.getuid?.()]]);
    for (const socket of sockets.splice(0)) socket.destroy();
    let isServed = false;
    const endsAt = performance.now() + DEADLINE_MS;
    while (!isServed && performance.now() < endsAt) {
      isServed = (await call(path, '/test/Refuse', 'a')).code === 7;
    }
    expect(isServed).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'keeps places for a third user when two have taken all that they may',
    async () => {
      const { path, refusals } = await serving();
      const held: number[] = [];
      const users = [65_532, 65_533, 65_534];
      for (const user of users) held.push(await crowdOf(user, path));
      expect(held).toEqual([2_048, 1_024, 512]);
      expect(refusals).toEqual(users.map((user) => ['too-many-connections', user]));
      expect((await call(path, '/test/Refuse', 'a')).code).toBe(7); // and for a fourth
    },
    60_000,
  );
});

import { expect, test } from 'bun:test';
import { createServer } from 'node:net';
import type { Upgrader } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { silentLogger } from './silent-logger.ts';
import { tcpTransport } from './tcp-transport.ts';

test('a dial that is aborted while it connects fails, and nothing else does', async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', note);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number }; // it listens on TCP
  const abort = new AbortController();
  const dial = tcpTransport({ logger: silentLogger }).dial(
    multiaddr(`/ip4/127.0.0.1/tcp/${port}`),
    { signal: abort.signal, upgrader: {} as Upgrader }, // it is not reached
  );
  abort.abort();
  await expect(dial).rejects.toThrow('aborted');
  await new Promise((closed) => server.close(closed));
  process.off('uncaughtException', note);
  expect(uncaught).toEqual([]);
});

import { afterEach, expect, test } from 'bun:test';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { eventually } from '../../ports/testing/index.ts';
import { type Listening, listenOn } from '../listening.ts';
import { type HeldOpen, holdAnswer, holdTcp } from './held-open.ts';

const servers: Listening[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(server: Parameters<typeof listenOn>[0]): Promise<number> {
  const listening = await listenOn(server, '127.0.0.1', 0);
  servers.push(listening);
  return listening.port;
}

async function endOf(held: HeldOpen): Promise<string | undefined> {
  await eventually('it to end', () => held.ending() !== undefined);
  return held.ending()?.how;
}

const endings = [
  ['whole', (socket: Socket) => socket.end()],
  ['broken', (socket: Socket) => socket.resetAndDestroy()],
] as const;

for (const [how, end] of endings) {
  test(`a connection is open until its other side ends it: ${how}`, async () => {
    const accepted = Promise.withResolvers<Socket>();
    const port = await serve(
      createServer((socket) => socket.once('data', () => accepted.resolve(socket))),
    );
    const held = holdTcp(port, 'a word');
    const socket = await accepted.promise;
    expect(held.ending()).toBeUndefined();
    end(socket);
    expect(await endOf(held)).toBe(how);
  });
}

async function heldAnswer(): Promise<{ held: HeldOpen; response: ServerResponse }> {
  const begun = Promise.withResolvers<ServerResponse>();
  const port = await serve(
    createHttpServer((_, response) => {
      response.write('a part');
      begun.resolve(response);
    }),
  );
  const held = await holdAnswer(port, '/');
  expect(held.ending()).toBeUndefined();
  return { held, response: await begun.promise };
}

test('an answer that came to its end is whole, one that broke off is not', async () => {
  const first = await heldAnswer();
  first.response.end();
  expect(await endOf(first.held)).toBe('whole');
  const second = await heldAnswer();
  second.response.socket?.resetAndDestroy();
  expect(await endOf(second.held)).toBe('broken');
});

test('an answer that is a refusal is not held', async () => {
  const port = await serve(createHttpServer((_, response) => void response.writeHead(403).end()));
  await expect(holdAnswer(port, '/closed')).rejects.toThrow('/closed gave 403');
});

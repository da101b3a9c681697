import { expect, test } from 'bun:test';
import { eventually } from '../ports/testing/index.ts';
import { bunDatagrams } from './datagrams.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const ignore = { received() {}, refused() {} };
const LOOPBACK = '127.0.0.1';

test('a datagram arrives whole, with the address that it came from, and can be answered', async () => {
  const server = await bunDatagrams.bind(
    { host: LOOPBACK, port: 0 },
    { received: (bytes, from) => server.send(Buffer.from(`to ${text(bytes)}`), from) },
  );
  const answers: string[] = [];
  const client = await bunDatagrams.connect(
    { host: LOOPBACK, port: server.port },
    { ...ignore, received: (bytes) => void answers.push(text(bytes)) },
  );
  client.send(Buffer.from('one'));
  await eventually('the answer', () => answers.length === 1);
  expect(answers).toEqual(['to one']);
  client.close();
  server.close();
});

test('a connected socket hears nobody but its peer', async () => {
  const heard: string[] = [];
  const from: number[] = [];
  const server = await bunDatagrams.bind(
    { host: LOOPBACK, port: 0 },
    { received: (_bytes, { port }) => void from.push(port) },
  );
  const stranger = await bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const client = await bunDatagrams.connect(
    { host: LOOPBACK, port: server.port },
    { ...ignore, received: (bytes) => void heard.push(text(bytes)) },
  );
  client.send(Buffer.from('here I am'));
  await eventually('the client’s port to be known', () => from.length === 1);
  const to = { host: LOOPBACK, port: from[0] ?? 0 };
  stranger.send(Buffer.from('forged'), to);
  server.send(Buffer.from('genuine'), to);
  await eventually('the genuine one', () => heard.length > 0);
  expect(heard).toEqual(['genuine']);
  for (const socket of [server, stranger, client]) socket.close();
});

test('a peer that is gone costs the next one nothing', async () => {
  const heard: string[] = [];
  const gone = await bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  gone.close();
  const living = await bunDatagrams.bind(
    { host: LOOPBACK, port: 0 },
    { received: (bytes) => void heard.push(text(bytes)) },
  );
  const sender = await bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  for (let n = 0; n < 50; n += 1) {
    sender.send(Buffer.from('x'), { host: LOOPBACK, port: gone.port });
    sender.send(Buffer.from(`${n}`), { host: LOOPBACK, port: living.port });
  }
  await eventually('all that were sent to the living', () => heard.length === 50);
  living.close();
  sender.close();
});

test('a connected socket learns that nobody listens', async () => {
  const gone = await bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  gone.close();
  const refused = Promise.withResolvers<void>();
  const client = await bunDatagrams.connect(
    { host: LOOPBACK, port: gone.port },
    { ...ignore, refused: () => refused.resolve() },
  );
  client.send(Buffer.from('anybody?'));
  await refused.promise;
  client.close();
});

test('a place that is taken is named', async () => {
  const first = await bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const second = bunDatagrams.bind({ host: LOOPBACK, port: first.port }, ignore);
  await expect(second).rejects.toThrow(`something listens on 127.0.0.1:${first.port} already`);
  first.close();
});

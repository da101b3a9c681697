import { expect, test } from 'bun:test';
import { eventually } from '../ports/testing/index.ts';
import { bunDatagrams } from './datagrams.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const ignore = { received() {}, refused() {} };
const LOOPBACK = '127.0.0.1';

test('a datagram arrives whole, with the address that it came from, and can be answered', async () => {
  const server = bunDatagrams.bind(
    { host: LOOPBACK, port: 0 },
    { received: (bytes, from) => server.send(Buffer.from(`to ${text(bytes)}`), from) },
  );
  const answers: string[] = [];
  const client = bunDatagrams.connect(
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
  const server = bunDatagrams.bind(
    { host: LOOPBACK, port: 0 },
    { received: (_bytes, { port }) => void from.push(port) },
  );
  const stranger = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const client = bunDatagrams.connect(
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
  const gone = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  gone.close();
  const living = bunDatagrams.bind(
    { host: LOOPBACK, port: 0 },
    { received: (bytes) => void heard.push(text(bytes)) },
  );
  const sender = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  for (let n = 0; n < 50; n += 1) {
    sender.send(Buffer.from('x'), { host: LOOPBACK, port: gone.port });
    sender.send(Buffer.from(`${n}`), { host: LOOPBACK, port: living.port });
  }
  await eventually('all that were sent to the living', () => heard.length === 50);
  living.close();
  sender.close();
});

test('a connected socket learns that nobody listens', async () => {
  const gone = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  gone.close();
  const refused = Promise.withResolvers<void>();
  const client = bunDatagrams.connect(
    { host: LOOPBACK, port: gone.port },
    { ...ignore, refused: () => refused.resolve() },
  );
  client.send(Buffer.from('anybody?'));
  await refused.promise;
  client.close();
});

test('a place that is taken is named', () => {
  const first = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const second = () => bunDatagrams.bind({ host: LOOPBACK, port: first.port }, ignore);
  expect(second).toThrow(`something listens on 127.0.0.1:${first.port} already`);
  first.close();
});

test('sockets that share a port each hear some senders, and all of each', async () => {
  const heard: string[][] = [[], []];
  const [first, second] = heard.map((texts) => (bytes: Uint8Array) => void texts.push(text(bytes)));
  const place = { host: LOOPBACK, port: 0, reusePort: true };
  const one = bunDatagrams.bind(place, { received: first ?? expect.unreachable() });
  const shared = { ...place, port: one.port };
  const other = bunDatagrams.bind(shared, { received: second ?? expect.unreachable() });
  const senders = Array.from({ length: 32 }, () => bunDatagrams.connect(shared, ignore));
  for (const [n, sender] of senders.entries()) sender.send(Buffer.from(`${n}`));
  for (const [n, sender] of senders.entries()) sender.send(Buffer.from(`${n}`));
  await eventually('all', () => heard.flat().length === 64);
  for (const texts of heard) {
    expect(texts.length).toBeGreaterThan(0);
    for (const each of texts) expect(texts.filter((one) => one === each)).toHaveLength(2);
  }
  for (const socket of [one, other, ...senders]) socket.close();
});

test('what is too large for a datagram is dropped, and says so', () => {
  const socket = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const to = { host: LOOPBACK, port: socket.port };
  expect(socket.send(new Uint8Array(65_507), to)).toBe(true);
  expect(socket.send(new Uint8Array(65_508), to)).toBe(false);
  socket.close();
});

test('a place is taken while a socket is bound to it that hears everybody', () => {
  for (const host of [LOOPBACK, '0.0.0.0', '::']) {
    const socket = bunDatagrams.bind({ host, port: 0 }, ignore);
    const { port } = socket;
    expect(bunDatagrams.isTaken({ host: LOOPBACK, port })).toBe(true);
    if (host === LOOPBACK) expect(bunDatagrams.isTaken({ host: '127.0.0.2', port })).toBe(false);
    socket.close();
    expect(bunDatagrams.isTaken({ host: LOOPBACK, port })).toBe(false);
  }
  const server = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const client = bunDatagrams.bind({ host: LOOPBACK, port: 0 }, ignore);
  const { port } = client;
  client.close();
  const connected = bunDatagrams.connect({ host: LOOPBACK, port: server.port }, ignore);
  expect(bunDatagrams.isTaken({ host: LOOPBACK, port })).toBe(false);
  for (const socket of [server, connected]) socket.close();
});

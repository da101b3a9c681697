import { expect, test } from 'bun:test';
import type { Channel, SocketAddress } from '../ports/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { tcpChannels } from './tcp-channels.ts';

const HOST = '127.0.0.1';
const deaf = { bytes() {}, closed() {} };

test('bytes pass both ways, and the server knows who is there', async () => {
  const from: SocketAddress[] = [];
  const listener = tcpChannels.listen({ host: HOST, port: 0 }, (channel, client) => {
    from.push(client);
    return { ...deaf, bytes: (bytes) => channel.send(bytes.slice().reverse()) };
  });
  const heard: string[] = [];
  const channel = await tcpChannels.connect(
    { host: HOST, port: listener.port },
    { ...deaf, bytes: (bytes) => void heard.push(Buffer.from(bytes).toString()) },
  );
  channel.send(Buffer.from('abc'));
  await eventually('the answer', () => heard.length === 1);
  expect(heard).toEqual(['cba']);
  expect(from[0]?.host).toBe(HOST);
  channel.close();
  listener.stop();
});

test('a reader that takes nothing loses its channel soon', async () => {
  const closed = Promise.withResolvers<void>();
  const accepted = Promise.withResolvers<Channel>();
  const listener = tcpChannels.listen({ host: HOST, port: 0 }, (channel) => {
    accepted.resolve(channel);
    return { ...deaf, closed: () => closed.resolve() };
  });
  await Bun.connect({
    hostname: HOST,
    port: listener.port,
    socket: { open: (socket) => socket.pause(), data() {} },
  });
  const channel = await accepted.promise;
  for (let n = 0; n < 64; n += 1) channel.send(new Uint8Array(256 * 1024));
  await closed.promise;
  listener.stop();
});

test('nobody behind an address, and an address that is taken, are told', async () => {
  const listener = tcpChannels.listen({ host: HOST, port: 0 }, () => deaf);
  const { port } = listener;
  expect(() => tcpChannels.listen({ host: HOST, port }, () => deaf)).toThrow('listens on');
  listener.stop();
  const nowhere = tcpChannels.connect({ host: HOST, port }, deaf);
  await expect(nowhere).rejects.toThrow(`nobody answers on ${HOST}:${port}`);
});

import { expect, test } from 'bun:test';
import { acceptedBy } from './connection-shares.ts';

test('connections are counted by who accepted them, and to one port only', async () => {
  const listen = () =>
    Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const [one, other] = [listen(), listen()];
  const clients = await Promise.all(
    [one, one, one, other].map(({ port }) =>
      Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => undefined } }),
    ),
  );
  expect(acceptedBy([process.pid, process.ppid], one.port)).toEqual([3, 0]);
  expect(acceptedBy([process.pid], other.port)).toEqual([1]);
  for (const client of clients) client.terminate();
  for (const listener of [one, other]) listener.stop(true);
});

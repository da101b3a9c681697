import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { DialHandlers, Socket, SocketAddress } from '../ports/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { bunDatagrams } from './datagrams.ts';
import { runHostTool } from './host-tools.ts';
import { datagramsInside, NetworkNamespace, socketsInside } from './network-namespace.ts';
import { bunSockets } from './sockets.ts';
import { CANNOT_MAKE_NAMESPACES, startNamespace, type TestNamespace } from './testing/index.ts';

/** Writes down what happens to the connections of a test. */
class Seen {
  accepted: Socket<Seen>[] = [];
  destinations: (SocketAddress | undefined)[] = [];
  text = '';
  errors: (string | undefined)[] = [];
}

const handlers = (open: (socket: Socket<Seen>) => void = () => undefined): DialHandlers<Seen> => ({
  open,
  data: ({ data }, bytes) => {
    data.text += bytes.toString();
  },
  drain: () => undefined,
  end: () => undefined,
  close: () => undefined,
  error: () => undefined,
  connectError: ({ data }, error) => void data.errors.push(error.code),
});

let place: TestNamespace;

const listenInside = (host: string, seen: Seen) =>
  socketsInside(place.namespace).listen(
    { host, port: 0 },
    handlers((socket) => {
      socket.data = seen;
      seen.accepted.push(socket);
      seen.destinations.push(bunSockets.originalDestination(socket));
    }),
  );

const connectInside = (host: string, port: number, seen: Seen): void =>
  socketsInside(place.namespace).connect(
    { host, port },
    seen,
    handlers((socket) => void socket.write(Buffer.from('hello'))),
  );

describe.skipIf(CANNOT_MAKE_NAMESPACES)('a network namespace (needs root, ip and nft)', () => {
  beforeAll(async () => {
    place = await startNamespace();
  });
  afterAll(() => place.remove());

  test('has ports of its own, that only sockets inside reach', async () => {
    const seen = new Seen();
    const listener = listenInside('127.0.0.1', seen);
    connectInside('127.0.0.1', listener.port, seen);
    await eventually('the bytes', () => seen.text === 'hello');
    bunSockets.connect({ host: '127.0.0.1', port: listener.port }, seen, handlers());
    await eventually('it is refused outside', () => seen.errors.includes('ECONNREFUSED'));
    expect(seen.accepted.length).toBe(1);
    listener.stop();
  });

  test('has sockets for datagrams of its own, too', async () => {
    const inside = datagramsInside(place.namespace);
    const heard: string[] = [];
    const server = inside.bind(
      { host: '127.0.0.1', port: 0 },
      { received: (bytes) => void heard.push(Buffer.from(bytes).toString()) },
    );
    const to = { host: '127.0.0.1', port: server.port };
    const client = inside.connect(to, { received: () => undefined, refused: () => undefined });
    client.send(Buffer.from('hello'));
    await eventually('the datagram', () => heard.length === 1);
    expect([inside.isTaken(to), bunDatagrams.isTaken(to)]).toEqual([true, false]);
    const named = () =>
      inside.connect({ ...to, host: 'localhost' }, { received() {}, refused() {} });
    expect(named).toThrow("'localhost' is a name");
    client.close();
    server.close();
  });

  test('is where processes run that are started inside, and nothing else', async () => {
    const outside = await runHostTool('ip', ['-o', 'link']);
    const inside = await runHostTool('ip', ['-o', 'link'], place.namespace);
    expect(inside.trim().split('\n').length).toBe(1);
    expect(await runHostTool('ip', ['-o', 'link'])).toBe(outside);
  });

  test('is left again when what was to be done inside fails', async () => {
    const outside = await runHostTool('ip', ['-o', 'link']);
    const fail = () => {
      throw new Error('on purpose');
    };
    expect(() => place.namespace.inside(fail)).toThrow('on purpose');
    expect(await runHostTool('ip', ['-o', 'link'])).toBe(outside);
  });

  test('takes addresses only, since names are looked up outside', () => {
    expect(() => connectInside('localhost', 80, new Seen())).toThrow('is a name');
  });

  test('is refused with the name that there is not', () => {
    expect(() => NetworkNamespace.open('selvage-none')).toThrow("'/run/netns/selvage-none'");
  });
});

describe.skipIf(CANNOT_MAKE_NAMESPACES)('a redirected connection (needs root, ip and nft)', () => {
  beforeAll(async () => {
    place = await startNamespace();
  });
  afterAll(() => place.remove());

  test.each([
    ['127.0.0.1', '203.0.113.7'],
    ['::1', '2001:db8::7'],
    ['::', '203.0.113.8'],
  ])('to %s knows that it was on its way to %s', async (host, destination) => {
    const seen = new Seen();
    const listener = listenInside(host, seen);
    await place.rules(`table inet selvage {
      chain output { type nat hook output priority -100
        tcp dport 443 redirect to :${listener.port}
      }
    }`);
    connectInside(destination, 443, seen);
    await eventually('the bytes', () => seen.text === 'hello');
    connectInside(host.replace(/^::$/, '127.0.0.1'), listener.port, seen);
    await eventually('the one that came straight', () => seen.text === 'hellohello');
    expect(seen.destinations).toEqual([{ host: destination, port: 443 }, undefined]);
    listener.stop();
    for (const socket of seen.accepted) socket.terminate();
  });
});

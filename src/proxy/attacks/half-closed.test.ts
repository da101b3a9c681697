import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { GET, headers } from '../http2/testing/index.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import {
  type Application,
  answering,
  okAnswer,
  type Pair,
  startApplication,
  startPair,
} from '../testing/index.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const CLIENTS = 50;

let pair: Pair;
let application: Application;

async function serve(): Promise<void> {
  application = startApplication({ received: answering(okAnswer('ok')) });
  pair = await startPair(application);
}

afterEach(() => pair.stop());

const clients = (plane: 'caller' | 'callee'): number => pair[plane].plane.census().clients;
const each = <T>(make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: CLIENTS }, make));

describe('a connection that its client has closed for its own side is closed', () => {
  test('without a request', async () => {
    await serve();
    for (const client of await each(() => pair.connect())) client.shutdown();
    await eventually('all are gone', () => clients('caller') === 0);
  });

  test('in the middle of a head, and of a body', async () => {
    await serve();
    const all = await each(() => pair.connect());
    for (const [index, client] of all.entries()) {
      const body = `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nabc`;
      client.send(index % 2 === 0 ? 'GET / HTTP/1.1\r\nHo' : body).shutdown();
    }
    await eventually('all are gone', () => clients('caller') === 0);
    await pair.settled();
  });

  test('after the answer, though it keeps its socket', async () => {
    await serve();
    const all = await each(() => pair.connect());
    for (const client of all) client.send(REQUEST).shutdown();
    for (const client of all) expect(await client.finish()).toContain('200 OK');
    await eventually('all are gone', () => clients('caller') === 0);
  });

  test.each([
    ['caller', hostileClient],
    ['callee', hostileSidecar],
  ] as const)('with HTTP/2, at the %s', async (plane, enter) => {
    await serve();
    const before = clients(plane);
    const peers = await each(() => enter(pair));
    for (const peer of peers) peer.send(headers(1, GET));
    for (const peer of peers) await eventually('an answer', () => peer.hasEnded(1));
    for (const peer of peers) peer.shutdown();
    const tunnels = plane === 'callee' ? 1 : 0; // the caller's own, which may open meanwhile
    await eventually('all are gone', () => clients(plane) <= before + tunnels);
  });
});

test('a connection that an idle application has closed for its own side does not stay', async () => {
  await serve();
  const client = await pair.connect();
  await client.send(REQUEST).reads('200 OK');
  client.reset();
  await pair.settled();
  const kept = application.connections[0];
  kept?.shutdown();
  await eventually('it is closed', () => kept?.closed === true);
  await eventually('it is forgotten', () => pair.callee.plane.census().servers === 0);
});

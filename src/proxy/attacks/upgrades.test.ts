import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { data, GET, headers, type Lines } from '../http2/testing/index.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import {
  type Application,
  okAnswer,
  type Pair,
  startApplication,
  startPair,
} from '../testing/index.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n';
const WEBSOCKET =
  'GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let pair: Pair;
let application: Application;

/** Policies of both sides permit all but `/smuggled`. */
async function serve(answer: string): Promise<void> {
  application = startApplication({
    received: (connection) => {
      if (connection.text.endsWith('\r\n\r\n')) connection.write(answer);
    },
  });
  const permitted = (request: object) => !('path' in request && request.path === '/smuggled');
  pair = await startPair(application, { mayLeave: permitted, mayEnter: permitted });
}

afterEach(() => pair.stop());

const seen = (): string => application.connections.map(({ text }) => text).join('\n');

describe('what follows a request for an upgrade', () => {
  test.each([
    ['refuses', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'],
    ['ignores', okAnswer('ok')],
    ['redirects', 'HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n'],
  ])('is no part of it where the application %s it (CVE-2024-23326)', async (_, answer) => {
    await serve(answer);
    const client = await pair.connect();
    client.send(WEBSOCKET + SMUGGLED);
    await eventually('it is answered', () => client.text !== '');
    client.shutdown();
    await client.finish();
    expect(client.text).not.toContain('101');
    expect(seen()).not.toContain('smuggled');
  });

  test('to HTTP/2 is a request of HTTP/1.1, judged like any other', async () => {
    await serve(okAnswer('ok'));
    const client = await pair.connect();
    const fields =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk';
    await client.send(`GET / HTTP/1.1\r\nHost: web\r\n${fields}\r\n\r\n${SMUGGLED}`).reads('403');
    expect(client.text).toContain('x-selvage-reason: denied-by-policy');
    expect(seen()).not.toMatch(/h2c|http2-settings|smuggled/i);
  });

  test('to HTTP/2 is not HTTP/2 either', async () => {
    await serve(okAnswer('ok'));
    const client = await pair.connect();
    await client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('ok');
    client.text = '';
    const answer = await client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').finish();
    expect(answer).toMatch(/^HTTP\/1\.1 (?:400|505) /);
    expect(seen()).not.toContain('PRI');
  });
});

const CONNECT: Lines = [
  [':method', 'CONNECT'],
  [':authority', 'web'],
];
const EXTENDED: Lines = [[':method', 'CONNECT'], [':protocol', 'websocket'], ...GET.slice(1)];

describe.each([
  ['an application', hostileClient],
  ['a sidecar that was taken over', hostileSidecar],
] as const)('CONNECT by %s', (_, enter) => {
  test('to a service of requests reaches no application, nor does what follows', async () => {
    await serve(okAnswer('ok'));
    const peer = await enter(pair);
    peer.send(headers(1, CONNECT, false), data(1, SMUGGLED));
    await eventually('a refusal', () => peer.resetCode(1) !== undefined || peer.hasEnded(1));
    expect(peer.heads(1)[0]?.[0] ?? '').not.toBe(':status: 200');
    expect(seen()).toBe('');
    peer.drop();
  });

  test('sends nothing before it is accepted, whatever came early (CVE-2025-64763)', async () => {
    await serve('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    const peer = await enter(pair);
    peer.send(headers(1, EXTENDED, false), data(1, SMUGGLED));
    await eventually('an answer', () => peer.heads(1).length > 0);
    expect(peer.heads(1)[0]?.[0]).toBe(':status: 403');
    await pair.settled();
    expect(seen()).toContain('GET / HTTP/1.1');
    expect(seen()).not.toContain('smuggled');
    peer.drop();
  });

  test('with a length of its own has no share in the request after it', async () => {
    await serve('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    const peer = await enter(pair);
    peer.send(headers(1, [...EXTENDED, ['content-length', '60']], false));
    await eventually('a refusal', () => peer.resetCode(1) !== undefined || peer.hasEnded(1));
    peer.send(headers(3, GET));
    await peer.answered(3);
    // An application that has seen a length would take so much of the next request for this one's content.
    expect(seen()).not.toContain('content-length');
    peer.drop();
  });

  test('is judged by its path like the request that it is', async () => {
    await serve(okAnswer('ok'));
    const peer = await enter(pair);
    const lines = EXTENDED.map(([name, value]) =>
      name === ':path' ? ([name, '/smuggled'] as const) : ([name, value] as const),
    );
    peer.send(headers(1, lines, false));
    await eventually('an answer', () => peer.heads(1).length > 0);
    expect(peer.heads(1)[0]).toContain(':status: 403');
    expect(seen()).toBe('');
    peer.drop();
  });
});

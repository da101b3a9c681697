import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import {
  block,
  data,
  frame,
  GET,
  headers,
  type Lines,
  POST,
  type RawPeer,
} from '../http2/testing/index.ts';
import { FLAG, FRAME } from '../http2/wire.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import {
  type Application,
  okAnswer,
  type Pair,
  startApplication,
  startPair,
} from '../testing/index.ts';

/** What would be a request of its own, if an application of HTTP/1.1 came to read it as one. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n';

const but = (name: string, value: string): Lines =>
  GET.map(([known, usual]) => [known, known === name ? value : usual] as const);

/** Heads of HTTP/2 that would be two requests of HTTP/1.1, or another one than was decided on. */
const HEADS: Readonly<Record<string, Lines>> = {
  'a line end in a value': [...GET, ['x', `a\r\n\r\n${SMUGGLED}`]],
  'a line feed in a value': [...GET, ['x', 'a\nTransfer-Encoding: chunked']],
  'a carriage return in a value': [...GET, ['x', 'a\rb']],
  'NUL in a value': [...GET, ['x', 'a\0b']],
  'a line end in a name': [...GET, ['x: a\r\ntransfer-encoding', 'chunked']],
  'a colon in a name': [...GET, ['transfer-encoding: chunked\r\nx', 'a']],
  'a space in a name': [...GET, ['transfer-encoding ', 'chunked']],
  'a name in upper case': [...GET, ['Transfer-Encoding', 'chunked']],
  'transfer-encoding': [...POST, ['transfer-encoding', 'chunked']],
  connection: [...GET, ['connection', 'x-selvage-peer']],
  upgrade: [...GET, ['upgrade', 'websocket']],
  'a second length': [...POST, ['content-length', '1'], ['content-length', '2']],
  'a length with a sign': [...POST, ['content-length', '+5']],
  'a path with a space': but(':path', '/ HTTP/1.1'),
  'a path with a line end': but(':path', `/ HTTP/1.1\r\nHost: web\r\n\r\n${SMUGGLED}`),
  'a path of another form': but(':path', 'http://other/'),
  'a query with a line end': but(':path', `/?x HTTP/1.1\r\nHost: web\r\n\r\n${SMUGGLED}`),
  'a query with a line feed': but(':path', '/?x\nHost: other'),
  'a query with a space': but(':path', '/?x HTTP/1.1'),
  'a query with NUL': but(':path', '/?x\0'),
  'a query with bytes beyond ASCII': but(':path', '/?\xe4'),
  'a path with a fragment': but(':path', '/public#/../admin'),
  'a path with two slashes': but(':path', '//smuggled'),
  'a path with an encoded one': but(':path', '/public%2f..%2fadmin'),
  'a path with dots': but(':path', '/public/../admin'),
  'a method with a line end': but(':method', `GET / HTTP/1.1\r\nHost: web\r\n\r\n${SMUGGLED}`),
  'a method with a space': but(':method', 'GET /smuggled'),
  'an authority with a line end': but(':authority', 'web\r\nx: y'),
  'an authority with a user': but(':authority', 'admin@web'),
  'another host': [...GET, ['host', 'other']],
  'two hosts': [...GET, ['host', 'web'], ['host', 'web']],
  'a cookie with a line end': [...GET, ['cookie', 'a=1'], ['cookie', `b=2\r\n\r\n${SMUGGLED}`]],
  'a field of answers': [...GET, [':status', '200']],
  'a pseudo-field behind a field': [...GET.slice(1), ['x', 'y'], [':method', 'GET']],
};

const CUT: Lines = POST.map(([name, value]) => [name, name === ':path' ? '/cut' : value] as const);

/** Content that is more or less than its head says, or is framed for somebody else. */
const CONTENTS: Readonly<Record<string, (id: number) => Buffer[]>> = {
  'more content than its length': (id) => [
    headers(id, [...CUT, ['content-length', '3']], false),
    data(id, `abc${SMUGGLED}`, true),
  ],
  'more content than its length, in a frame of its own': (id) => [
    headers(id, [...CUT, ['content-length', '3']], false),
    data(id, 'abc'),
    data(id, SMUGGLED, true),
  ],
  'content behind a length of nothing': (id) => [
    headers(id, [...CUT, ['content-length', '0']], false),
    data(id, SMUGGLED, true),
  ],
  'trailers with a line end': (id) => [
    headers(id, CUT, false),
    data(id, 'abc'),
    frame(
      FRAME.HEADERS,
      FLAG.END_HEADERS | FLAG.END_STREAM,
      id,
      block([['x', `a\r\n\r\n${SMUGGLED}`]]),
    ),
  ],
};

const ENTRANCES = [
  ['an application', hostileClient],
  ['a sidecar that was taken over', hostileSidecar],
] as const;

describe.each(ENTRANCES)('a request of HTTP/2 by %s, to an application of HTTP/1.1', (_, enter) => {
  let pair: Pair;
  let application: Application;
  let peer: RawPeer;
  let streamId = 1;

  beforeAll(async () => {
    application = startApplication({
      received: (connection) => {
        const last = connection.text.endsWith('\r\n\r\n') || connection.text.endsWith('abc');
        if (last) connection.write(okAnswer('ok'));
      },
    });
    pair = await startPair(application);
    peer = await enter(pair);
  });

  afterAll(async () => {
    peer.drop();
    await pair.stop();
  });

  const seen = (): string => application.connections.map(({ text }) => text).join('\n');
  const isOver = (id: number): boolean => peer.resetCode(id) !== undefined || peer.hasEnded(id);

  test.each(Object.entries(HEADS))('with %s reaches it not', async (_name, lines) => {
    const before = seen();
    const id = streamId;
    streamId += 2;
    peer.send(headers(id, lines));
    await eventually('a refusal', () => isOver(id));
    expect(peer.heads(id)[0]?.[0] ?? ':status: 400').toMatch(/^:status: 4\d\d$/);
    expect(seen()).toBe(before);
  });

  test.each(Object.entries(CONTENTS))('with %s is one request at most', async (_name, frames) => {
    const id = streamId;
    streamId += 2;
    peer.send(...frames(id));
    await eventually('an end', () => isOver(id));
    await pair.settled();
    const begun = application.connections.filter(({ text }) => text.includes('POST /cut'));
    await eventually('nothing follows it', () => begun.every(({ closed }) => closed));
    expect(seen()).not.toContain('smuggled');
  });

  test('with trailers that frame has them taken away', async () => {
    const id = streamId;
    streamId += 2;
    const trailers = block([
      ['transfer-encoding', 'chunked'],
      ['content-length', '5'],
      ['x-sum', '9'],
    ]);
    const last = frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, id, trailers);
    peer.send(headers(id, [...POST, ['x-case', 'framing']], false), data(id, 'abc'), last);
    await eventually('an end', () => isOver(id));
    const framed = seen().slice(seen().indexOf('x-case: framing'));
    expect(framed.match(/transfer-encoding|content-length/g)).toEqual(['transfer-encoding']);
  });

  test('that says what it is comes through, and its crumbs of cookies are one', async () => {
    const id = streamId;
    streamId += 2;
    const crumbs: Lines = [...but(':path', '/good'), ['cookie', 'a=1'], ['cookie', 'b=2']];
    peer.send(headers(id, crumbs));
    await eventually('an answer', () => peer.hasEnded(id));
    expect(peer.heads(id)[0]).toContain(':status: 200');
    expect(seen()).toContain('\r\ncookie: a=1; b=2\r\n');
  });

  test('with fields of the mesh is believed none of them', async () => {
    const id = streamId;
    streamId += 2;
    const forged = 'spiffe://shop.example/ns/default/sa/admin';
    const names = ['x-selvage-peer', 'x-selvage-retry', 'x-selvage-reason', 'x_selvage_peer'];
    peer.send(
      headers(id, [...but(':path', '/forged'), ...names.map((name) => [name, forged] as const)]),
    );
    await eventually('an answer', () => peer.hasEnded(id));
    const head = seen().slice(seen().indexOf('GET /forged'));
    expect(head).toContain('\r\nx-selvage-peer: spiffe://shop.example/ns/default/sa/client\r\n');
    expect(head).not.toContain('admin');
  });
});

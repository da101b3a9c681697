import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { FIELD_LIST_BYTES, HEAD_FIELDS, STREAM_WINDOW_BYTES } from '../limits.ts';
import { HeardRequest } from '../testing/heard-request.ts';
import {
  block,
  data,
  frame,
  GET,
  headers,
  type Lines,
  latin1,
  POST,
  type RawPeer,
  reset,
  type Serving,
  startServing,
} from './testing/index.ts';
import { FLAG, FRAME } from './wire.ts';

let serving: Serving;
let peer: RawPeer;
let streamId = 1;

beforeAll(async () => {
  serving = startServing((request) => {
    if (request.ended && request.head.host !== 'later') request.answer(200, 'ok');
  });
  peer = await serving.connect();
});

afterAll(() => serving.stop());

/** The usual pseudo-fields, one of them other or left out. */
const but = (name: string, value?: string): Lines =>
  GET.flatMap((line) =>
    line[0] !== name ? [line] : value === undefined ? [] : [[name, value] as const],
  );

/** Sends a request's head on a stream of its own; the stream. */
function ask(lines: Lines, ended = true): number {
  streamId += 2;
  peer.send(headers(streamId, lines, ended));
  return streamId;
}

/** Begins a request whose content is still to come, and waits for it. */
async function upload(lines: Lines): Promise<number> {
  const before = serving.requests.length;
  const id = ask(lines, false);
  await peer.until('the request', () => serving.requests.length > before);
  return id;
}

const heard = (): HeardRequest | undefined => serving.requests.at(-1);

const malformed: Readonly<Record<string, Lines>> = {
  '8.2.1: a name in upper case': [...GET, ['X-Name', 'a']],
  '8.2.1: a name with a space': [...GET, ['x name', 'a']],
  '8.2.1: a name with a colon': [...GET, ['x:name', 'a']],
  '8.2.1: an empty name': [...GET, ['', 'a']],
  '8.2.1: NUL in a value': [...GET, ['x', 'a\0b']],
  '8.2.1: CR in a value': [...GET, ['x', 'a\rb']],
  '8.2.1: LF in a value': [...GET, ['x', 'a\nb']],
  '8.2.1: white space before a value': [...GET, ['x', ' a']],
  '8.2.1: white space after a value': [...GET, ['x', 'a\t']],
  '8.2.2: connection': [...GET, ['connection', 'close']],
  '8.2.2: proxy-connection': [...GET, ['proxy-connection', 'keep-alive']],
  '8.2.2: keep-alive': [...GET, ['keep-alive', 'timeout=5']],
  '8.2.2: transfer-encoding': [...GET, ['transfer-encoding', 'chunked']],
  '8.2.2: upgrade': [...GET, ['upgrade', 'websocket']],
  '8.2.2: te of anything but trailers': [...GET, ['te', 'trailers, deflate']],
  '8.3: a pseudo-field after a field': [...GET.slice(1), ['x', 'y'], [':method', 'GET']],
  '8.3: a pseudo-field after one that is not passed on': [
    ...GET.slice(1),
    ['te', 'trailers'],
    [':method', 'GET'],
  ],
  '8.3: a pseudo-field of answers': [...GET, [':status', '200']],
  '8.3: an unknown pseudo-field': [...GET, [':what', 'x']],
  '8.3.1: no method': but(':method'),
  '8.3.1: an empty method': but(':method', ''),
  '8.3.1: a method that is no token': but(':method', 'G T'),
  '8.3.1: two methods': [[':method', 'GET'], ...GET],
  '8.3.1: no scheme': but(':scheme'),
  '8.3.1: two schemes': [[':scheme', 'http'], ...GET],
  '8.3.1: a scheme that is neither http nor https': but(':scheme', 'file'),
  '8.3.1: no path': but(':path'),
  '8.3.1: an empty path': but(':path', ''),
  '8.3.1: two paths': [[':path', '/'], ...GET],
  '8.3.1: two authorities': [[':authority', 'web'], ...GET],
  '8.3.1: an authority and another host': [...GET, ['host', 'other']],
  '8.3.1: two hosts': [...but(':authority'), ['host', 'web'], ['host', 'web']],
  '8.5: CONNECT with a path': but(':method', 'CONNECT'),
  '8.5: CONNECT without an authority': [[':method', 'CONNECT']],
  '8.1.1: content-length without content': [...POST, ['content-length', '1']],
  '8.1.1: two lengths': [...POST, ['content-length', '0'], ['content-length', '0']],
  '8.1.1: a length that is no number': [...POST, ['content-length', '0x0']],
  'RFC 8441, 4: a protocol without CONNECT': [...GET, [':protocol', 'websocket']],
};

describe('a request that is malformed resets its stream, and nobody hears of it', () => {
  test.each(Object.entries(malformed))('%s', async (_, lines) => {
    const before = serving.requests.length;
    expect(await peer.wasReset(ask(lines))).toBe('PROTOCOL_ERROR');
    expect(serving.requests.length).toBe(before);
  });
});

const refused: Readonly<Record<string, readonly [status: number, lines: Lines]>> = {
  'bad-host': [400, but(':authority', 'we b')],
  'missing-host': [400, but(':authority')],
  'empty-segment': [400, but(':path', '//')],
  'dot-segment': [400, but(':path', '/a/../b')],
  'encoded-separator': [400, but(':path', '/a%2fb')],
  'fragment-in-target': [400, but(':path', '/a#b')],
  'bad-target': [400, but(':path', 'http://web/')],
  'bad-request-line': [400, [...but(':method', 'CONNECT'), [':protocol', 'connect-ip']]],
  'target-too-long': [414, but(':path', `/${'x'.repeat(8_192)}`)],
  'bad-expectation': [417, [...GET, ['expect', 'miracles']]],
  'head-too-large': [431, [...GET, ['x', 'y'.repeat(FIELD_LIST_BYTES - 100)]]],
  'too-many-fields': [
    431,
    [...GET, ...Array.from({ length: HEAD_FIELDS + 100 }, (): [string, string] => ['x', 'y'])],
  ],
};

describe('a request that can mean two things, or is too large, is answered with why', () => {
  test.each(Object.entries(refused))('%s', async (reason, [status, lines]) => {
    const before = serving.requests.length;
    const id = ask(lines);
    expect(await peer.answered(id)).toBe(`:status: ${status}`);
    const why = reason === 'too-many-fields' ? 'head-too-large' : reason;
    expect(peer.heads(id)[0]).toContain(`x-selvage-reason: ${why}`);
    expect(peer.content(id).toString()).toStartWith(`${why}: `);
    expect(serving.refused.at(-1)?.reason).toBe(why as never); // a reason, by the table above
    expect(serving.requests.length).toBe(before);
  });
});

test('a refused HEAD has an answer without content', async () => {
  const id = ask(
    but(':path', '//').map(([name, value]) => [name, value === 'GET' ? 'HEAD' : value]),
  );
  expect(await peer.answered(id)).toBe(':status: 400');
  expect(peer.of(FRAME.DATA, id)).toEqual([]);
});

describe('a request', () => {
  test('has the host of either field, in lower case', async () => {
    await peer.answered(ask(but(':authority', 'WEB:80')));
    expect(heard()?.head.host).toBe('web:80');
    await peer.answered(ask([...but(':authority'), ['host', 'Other']]));
    expect(heard()?.head.host).toBe('other');
    await peer.answered(ask([...GET, ['host', 'web']]));
    expect(heard()?.head.host).toBe('web');
  });

  test('is passed on without what is for this connection, or for sidecars', async () => {
    const lines: Lines = [
      ...GET,
      ['te', 'trailers'],
      ['x-selvage-retry', 'safe'],
      ['x_selvage-reason', 'x'],
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
      ['x-kept', ''],
    ];
    await peer.answered(ask(lines));
    expect(heard()?.head.fields.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'cookie: a=1',
      'cookie: b=2',
      'x-kept: ',
    ]);
  });

  test('has its content and its trailers, without those that frame, route or authenticate', async () => {
    const id = await upload(POST);
    peer.send(data(id, 'some'), data(id, ' more'));
    const trailers: Lines = [
      ['x-sum', '1'],
      ['content-length', '9'],
      ['host', 'other'],
      ['authorization', 'Bearer x'],
      ['x-selvage-retry', 'safe'],
    ];
    peer.send(headers(id, trailers));
    await peer.until('all of it', () => heard()?.ended === true);
    expect([heard()?.content, heard()?.trailers]).toEqual(['some more', ['x-sum: 1']]);
  });

  test('with pseudo-fields among its trailers is cut off', async () => {
    const id = await upload(POST);
    peer.send(headers(id, [[':path', '/other']]));
    expect(await peer.wasReset(id)).toBe('PROTOCOL_ERROR');
    expect(heard()?.gone).toBe(true);
  });

  test.each([
    ['more', '5', 'sixsix', false],
    ['less', '5', 'four', true],
  ] as const)(
    'with %s content than its length says is malformed',
    async (_, length, text, ended) => {
      const id = await upload([...POST, ['content-length', length]]);
      peer.send(data(id, text, ended));
      expect(await peer.wasReset(id)).toBe('PROTOCOL_ERROR');
      expect([heard()?.malformed, heard()?.content, heard()?.ended]).toEqual([
        'bad-content-length',
        '',
        false,
      ]);
    },
  );

  test('that turns out malformed may be answered before it is cut off', async () => {
    const answering = startServing(undefined, {
      begin: (head, client, ended) => {
        const request = new HeardRequest(head, client, ended);
        request.requestMalformed = () => request.answer(400, 'no');
        return request;
      },
    });
    const other = await answering.connect();
    other.send(headers(1, [...POST, ['content-length', '5']], false), data(1, 'sixsix'));
    expect(await other.wasReset(1)).toBe('PROTOCOL_ERROR');
    expect([other.heads(1)[0]?.[0], other.content(1).toString()]).toEqual([':status: 400', 'no']);
    await answering.stop();
  });

  test('with trailers before its length is reached is cut off', async () => {
    const id = await upload([...POST, ['content-length', '5']]);
    peer.send(data(id, 'four'), headers(id, [['x', 'y']]));
    expect(await peer.wasReset(id)).toBe('PROTOCOL_ERROR');
    expect([heard()?.ended, heard()?.gone]).toEqual([false, true]);
  });

  test('whose answer is whole before it has ended is dropped as far as it may come unasked, and then cut off', async () => {
    const id = await upload(POST);
    const request = heard();
    request?.answer(403, 'no');
    expect(await peer.answered(id)).toBe(':status: 403');
    for (let sent = 0; sent < STREAM_WINDOW_BYTES; sent += 16_384) {
      peer.send(data(id, 'x'.repeat(16_384)));
      if (sent === 0) await peer.answered(ask(GET));
      if (sent === 0) expect(peer.resetCode(id)).toBeUndefined();
    }
    expect(await peer.wasReset(id)).toBe('NO_ERROR');
    expect([request?.content, peer.content(id).toString()]).toEqual(['', 'no']);
  });

  test('whose answer is whole before it has ended may end by itself', async () => {
    const id = await upload(POST);
    heard()?.answer(403, 'no');
    peer.send(data(id, 'some', true));
    await peer.answered(ask(GET));
    peer.send(data(id, 'more'));
    expect(await peer.wasReset(id)).toBe('STREAM_CLOSED');
  });
});

test('a header block is read for the table’s sake whatever becomes of its stream (4.3)', async () => {
  const field = (name: string, value: string): Buffer =>
    latin1(
      `\x40${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
    );
  const { END_HEADERS, END_STREAM } = FLAG;
  const head = (id: number, bytes: Buffer) =>
    frame(FRAME.HEADERS, END_HEADERS | END_STREAM, id, bytes);
  const waiting = ask([...GET.slice(0, 3), [':authority', 'later']]);
  const cancelled = ask(POST, false);
  peer.send(reset(cancelled, 8), head(cancelled - 2, field('x-one', '1')));
  expect(waiting).toBe(cancelled - 2);
  const malformed = streamId + 2;
  peer.send(head(malformed, field('x-two', '2')));
  expect(await peer.wasReset(malformed)).toBe('PROTOCOL_ERROR');
  peer.send(head(malformed, field('x-three', '3')));
  streamId = malformed + 2;
  peer.send(head(streamId, Buffer.concat([block(GET), Buffer.from([0xbe, 0xbf, 0xc0])])));
  await peer.answered(streamId);
  const lines = heard()?.head.fields.map(({ name, value }) => `${name}: ${value}`);
  expect(lines).toEqual(['x-three: 3', 'x-two: 2', 'x-one: 1']);
});

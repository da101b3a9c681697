import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { HEAD_BYTES, HEAD_FIELDS } from '../limits.ts';
import { bodyOf, headEnd, type RequestHead, readRequestHead, readResponseHead } from './head.ts';

const request = (...lines: string[]) => {
  const head = readRequestHead(`${lines.join('\r\n')}\r\n\r\n`);
  return head.ok ? head.value : head.error;
};
const withFields = (...fields: string[]) => request('GET / HTTP/1.1', 'Host: web', ...fields);
const accepted = (head: RequestHead | string): RequestHead => {
  if (typeof head === 'string') throw new Error(`refused: ${head}`);
  return head;
};
const response = (...lines: string[]) => {
  const head = readResponseHead(`${lines.join('\r\n')}\r\n\r\n`);
  if (!head.ok) throw new Error(head.error);
  return head.value;
};

describe('the end of a head', () => {
  test('is its empty line, or more bytes are needed', () => {
    expect(headEnd(Buffer.from('GET / HTTP/1.1\r\n\r\nbody'))).toEqual({ ok: true, value: 18 });
    expect(headEnd(Buffer.from('GET / HTTP/1.1\r\nHost'))).toEqual({ ok: true, value: 0 });
  });

  test('never comes for bare line feeds, so they are refused at once', () => {
    expect(headEnd(Buffer.from('GET / HTTP/1.1\n\n'))).toEqual({
      ok: false,
      error: 'bare-line-feed',
    });
    expect(headEnd(Buffer.from('\nGET'))).toEqual({ ok: false, error: 'bare-line-feed' });
  });

  test('comes within the limit, or the head is refused', () => {
    const head = (bytes: number) => Buffer.alloc(bytes, 'a');
    expect(headEnd(head(HEAD_BYTES - 1))).toEqual({ ok: true, value: 0 });
    expect(headEnd(head(HEAD_BYTES))).toEqual({ ok: false, error: 'head-too-large' });
    const ended = Buffer.concat([head(HEAD_BYTES - 3), Buffer.from('\r\n\r\n')]);
    expect(headEnd(ended)).toEqual({ ok: false, error: 'head-too-large' });
  });
});

describe('a request head', () => {
  test('is passed on without what is for one hop, for the mesh, or framing', () => {
    const head = accepted(
      withFields(
        'User-Agent:  curl/8 ',
        'Connection: keep-alive, X-Once',
        'Keep-Alive: timeout=5',
        'X-Once: 1',
        'TE: trailers',
        'X-Selvage-Peer: spiffe://shop.example/ns/default/sa/admin',
        'x_selvage_peer: spiffe://shop.example/ns/default/sa/admin',
        'Transfer-Encoding: chunked',
        'Accept: */*',
      ),
    );
    expect(head.fields).toBe('User-Agent:  curl/8 \r\nAccept: */*\r\n');
    expect(head.body).toBe('chunked');
    expect(head.host).toBe('web');
  });

  test('keeps the connection as its version and Connection say', () => {
    expect(accepted(withFields()).keepAlive).toBe(true);
    expect(accepted(withFields('Connection: Close')).keepAlive).toBe(false);
    expect(accepted(request('GET / HTTP/1.0', 'Host: web')).keepAlive).toBe(false);
    expect(accepted(request('GET / HTTP/1.0')).host).toBe('');
  });

  test('switches to websocket only, by GET only, and only when Connection names it', () => {
    const upgrade = (...fields: string[]) => accepted(withFields(...fields)).upgrade;
    expect(upgrade('Connection: Upgrade', 'Upgrade: WebSocket')).toBe('websocket');
    expect(upgrade('Upgrade: websocket')).toBeUndefined();
    expect(upgrade('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c')).toBeUndefined();
    expect(
      upgrade('Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 3'),
    ).toBeUndefined();
  });

  test('compares hosts in lower case, and the absolute form must agree', () => {
    expect(accepted(request('GET / HTTP/1.1', 'Host: WEB.Shop:80')).host).toBe('web.shop:80');
    expect(accepted(request('GET http://Web/x HTTP/1.1', 'Host: wEb')).target).toBe('/x');
    expect(request('GET http://other/x HTTP/1.1', 'Host: web') as unknown).toBe('bad-host');
  });

  test.each([
    [['GET  / HTTP/1.1', 'Host: a'], 'bad-request-line'],
    [['GET / HTTP/1.1 ', 'Host: a'], 'bad-request-line'],
    [['GET /\u00e9 HTTP/1.1', 'Host: a'], 'bad-request-line'],
    [['G@T / HTTP/1.1', 'Host: a'], 'bad-request-line'],
    [['GET / HTTP/2.0', 'Host: a'], 'bad-version'],
    [['GET / HTTP/1.2', 'Host: a'], 'bad-version'],
    [['GET / HTTP/1.1'], 'missing-host'],
    [['GET / HTTP/1.1', 'Host:'], 'bad-host'],
    [['GET / HTTP/1.1', 'Host: a b'], 'bad-host'],
    [['GET / HTTP/1.1', 'Host: \u00a0a'], 'bad-host'],
    [['GET / HTTP/1.1', 'Host: a/b'], 'bad-host'],
    [['GET / HTTP/1.1', 'Host: a@b'], 'bad-host'],
    [['GET / HTTP/1.0', 'Transfer-Encoding: chunked'], 'bad-transfer-encoding'],
  ])('%j is refused: %s', (lines, reason) => {
    expect(request(...lines) as unknown).toBe(reason);
  });

  test.each([
    [['Host: web'], 'duplicate-host'],
    [['X : a'], 'bad-field'],
    [[' X: a'], 'bad-field'],
    [['X: a', ' folded'], 'bad-field'],
    [['X: a\u0000b'], 'bad-field'],
    [['X: a\rb'], 'bad-field'],
    [['X: a\nY: b'], 'bad-field'],
    [['X: a\u007f'], 'bad-field'],
    [['NoColon'], 'bad-field'],
    [[': empty'], 'bad-field'],
    [['X\u00e9: a'], 'bad-field'],
    [['Content-Length: +1'], 'bad-content-length'],
    [['Content-Length: 1, 1'], 'bad-content-length'],
    [['Content-Length: 0x1'], 'bad-content-length'],
    [['Content-Length: '], 'bad-content-length'],
    [['Content-Length: -1'], 'bad-content-length'],
    [['Content-Length: 1234567890123456'], 'bad-content-length'],
    [['Content-Length: 1', 'Content-Length: 2'], 'duplicate-content-length'],
    [['Content-Length: 1', 'Content-Length: 1'], 'duplicate-content-length'],
    [['Content-Length: 1', 'Transfer-Encoding: chunked'], 'length-and-encoding'],
    [['Transfer-Encoding: chunked', 'Content-Length: 1'], 'length-and-encoding'],
    [['Transfer-Encoding: ,chunked'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: gzip, chunked'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: chunked, chunked'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: identity'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: xchunked'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: "chunked"'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], 'bad-transfer-encoding'],
    [['Transfer-Encoding: \u000bchunked'], 'bad-field'],
    [['Transfer-Encoding: \u00a0chunked'], 'bad-transfer-encoding'],
    [['Content-Length: \u00a05'], 'bad-content-length'],
    [['Connection: content-length', 'Content-Length: 1'], 'bad-connection'],
    [['Connection: close, host'], 'bad-connection'],
    [['Expect: 200-ok'], 'bad-expectation'],
  ])('with the fields %j is refused: %s', (fields, reason) => {
    expect(withFields(...fields) as unknown).toBe(reason);
  });

  test(`has at most ${HEAD_FIELDS} fields`, () => {
    const more = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: 1`);
    expect(typeof withFields(...more(HEAD_FIELDS - 1))).toBe('object');
    expect(withFields(...more(HEAD_FIELDS)) as unknown).toBe('too-many-fields');
  });

  test('that was accepted and is written out again reads the same', () => {
    const field = fc.constantFrom(
      'Connection: close',
      'Connection: x-a',
      'X-A: 1',
      'X-B:2',
      'Content-Length: 3',
      'Host: web',
      'Transfer-Encoding: chunked',
      'X-Selvage-Peer: x',
      'TE: trailers',
      'Upgrade: websocket',
      'Cookie: a=b',
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        const head = withFields(...fields);
        if (typeof head === 'string') return true;
        const framing = head.body === 'chunked' ? ['transfer-encoding: chunked'] : [];
        const lines = head.fields.split('\r\n').filter((line) => line !== '');
        const again = accepted(
          request('GET / HTTP/1.1', `host: ${head.host}`, ...lines, ...framing),
        );
        return (
          again.fields === head.fields && again.body === head.body && !/selvage/i.test(head.fields)
        );
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  const many = 60_000;
  test.each([
    ['spaces in a host', `Host: a${' '.repeat(many)}b`],
    ['spaces in an encoding', `Host: a\r\nTransfer-Encoding: x${' '.repeat(many)}x`],
    ['spaces in a length', `Host: a\r\nContent-Length: 1${' '.repeat(many)}x`],
    ['many small fields', 'a:\r\n'.repeat(many / 4)],
    ['many small fields and a bad one', `${'a:\r\n'.repeat(many / 4)}bad`],
    ['a long name without a colon', 'a'.repeat(many)],
    ['a long value with a bad end', `a:${'x'.repeat(many)}\u0000`],
    ['many connection options', `Host: a\r\nConnection: ${'a,'.repeat(many / 2)}`],
  ])('made to be slow takes no long time: %s', (_, fields) => {
    const startMs = performance.now();
    for (let round = 0; round < 10; round++) request('GET / HTTP/1.1', fields);
    expect(performance.now() - startMs).toBeLessThan(1_000); // a quadratic reader takes many seconds
  });

  test('of random bytes is refused or read, and never throws', () => {
    const bytes = fc.string({
      unit: fc.constantFrom(...'GET /:x\r\n\t\u0000\u00ff HTP1.0hos;'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(bytes, (text) => typeof readRequestHead(`${text}\r\n\r\n`).ok === 'boolean'),
      { seed: 5, numRuns: 5_000 },
    );
  });
});

describe('a response head', () => {
  test('says how its body is framed, for the request that it answers', () => {
    const length = response('HTTP/1.1 200 OK', 'Content-Length: 5');
    const chunked = response('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked');
    const neither = response('HTTP/1.1 200 OK');
    expect(bodyOf(length, 'GET')).toBe(5);
    expect(bodyOf(length, 'HEAD')).toBe(0);
    expect(bodyOf(chunked, 'GET')).toBe('chunked');
    expect(bodyOf(neither, 'GET')).toBe('until-close');
    expect(bodyOf(response('HTTP/1.1 304 Not Modified', 'Content-Length: 5'), 'GET')).toBe(0);
    expect(bodyOf(response('HTTP/1.1 204 No Content'), 'GET')).toBe(0);
  });

  test('keeps what a sidecar said apart from what is passed on', () => {
    const head = response(
      'HTTP/1.1 503 Service Unavailable',
      'x-selvage-reason: app-not-listening',
      'x-selvage-retry: safe',
      'server: x',
    );
    expect(head.fields).toBe('server: x\r\n');
    expect(head.meshReason).toBe('app-not-listening');
    expect(head.meshRetry).toBe('safe');
  });

  test('has a status of three digits and a version 1', () => {
    for (const line of [
      'HTTP/1.1 99 x',
      'HTTP/1.1 600 x',
      'HTTP/2 200 x',
      'HTTP/1.1 200\u0000',
      'ICY 200 OK',
    ]) {
      expect(readResponseHead(`${line}\r\n\r\n`)).toEqual({ ok: false, error: 'bad-status-line' });
    }
    expect(response('HTTP/1.1 200').phrase).toBe('');
    expect(response('HTTP/1.0 200 OK').keepAlive).toBe(false);
    expect(response('HTTP/1.0 200 OK', 'Connection: keep-alive').keepAlive).toBe(true);
  });
});

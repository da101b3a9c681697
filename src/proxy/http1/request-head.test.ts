import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { threadProcessorMs } from '../../platform/index.ts';
import type { Field } from '../http/field.ts';
import { HEAD_FIELDS } from '../limits.ts';
import { type Http1Request, readRequestHead } from './request-head.ts';

const request = (...lines: string[]) => {
  const read = readRequestHead(`${lines.join('\r\n')}\r\n\r\n`);
  return read.ok ? read.value : read.error;
};
const withFields = (...fields: string[]) => request('GET / HTTP/1.1', 'Host: web', ...fields);
const accepted = (read: Http1Request | string): Http1Request => {
  if (typeof read === 'string') throw new Error(`refused: ${read}`);
  return read;
};
const linesOf = (fields: readonly Field[]): string[] => fields.map(({ line }) => line.trimEnd());

describe('a request head', () => {
  test('is passed on without what is for one hop, for the mesh, or framing', () => {
    const { head, content } = accepted(
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
    expect(linesOf(head.fields)).toEqual(['user-agent: curl/8', 'accept: */*']);
    expect(content).toBe('chunked');
    expect(head).toMatchObject({ host: 'web', length: undefined });
  });

  test('keeps the connection as its version and Connection say', () => {
    expect(accepted(withFields()).keepAlive).toBe(true);
    expect(accepted(withFields('Connection: Close')).keepAlive).toBe(false);
    expect(accepted(request('GET / HTTP/1.0', 'Host: web')).keepAlive).toBe(false);
    expect(accepted(request('GET / HTTP/1.0')).head.host).toBe('');
  });

  test('switches to websocket only, by GET only, and only when Connection names it', () => {
    const upgrade = (...fields: string[]) => accepted(withFields(...fields)).head.upgrade;
    expect(upgrade('Connection: Upgrade', 'Upgrade: WebSocket')).toBe('websocket');
    expect(upgrade('Upgrade: websocket')).toBeUndefined();
    expect(upgrade('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c')).toBeUndefined();
    expect(
      upgrade('Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 3'),
    ).toBeUndefined();
  });

  test('compares hosts in lower case, and the absolute form must agree', () => {
    expect(accepted(request('GET / HTTP/1.1', 'Host: WEB.Shop:80')).head.host).toBe('web.shop:80');
    expect(accepted(request('GET http://Web/x HTTP/1.1', 'Host: wEb')).head.target).toBe('/x');
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
        const read = withFields(...fields);
        if (typeof read === 'string') return true;
        const { head, content } = read;
        const framing = content === 'chunked' ? ['transfer-encoding: chunked'] : [];
        const lines = linesOf(head.fields);
        const again = accepted(
          request('GET / HTTP/1.1', `host: ${head.host}`, ...lines, ...framing),
        );
        expect(linesOf(again.head.fields)).toEqual(lines);
        expect(again.content).toBe(content);
        return !/selvage/i.test(lines.join());
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
    const startMs = threadProcessorMs();
    for (let round = 0; round < 10; round++) request('GET / HTTP/1.1', fields);
    expect(threadProcessorMs() - startMs).toBeLessThan(1_000); // a quadratic reader takes many seconds
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

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { answering, okAnswer, type Pair, startApplication, startPair } from './testing/index.ts';

const inChunks = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
const encoded = (encoding: string): string =>
  `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding:${encoding}\r\n\r\n0\r\n\r\n`;

/** Requests that mean two things: each must be answered 400 and closed, and reach no application. */
const CLASSES: readonly (readonly [name: string, request: string, status?: number])[] = [
  ['duplicate Host', 'GET / HTTP/1.1\r\nHost: web\r\nHost: other\r\n\r\n'],
  ['missing Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a list of Hosts', 'GET / HTTP/1.1\r\nHost: web, other\r\n\r\n'],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: web@other\r\n\r\n'],
  ['bad Host', 'GET / HTTP/1.1\r\nHost: web/..\r\n\r\n'],
  [
    'length with encoding',
    'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'encoding with length',
    'POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
  ],
  ['Transfer-Encoding: ,chunked', encoded(' ,chunked')],
  ['an encoding that is not chunked', encoded(' gzip')],
  ['chunked behind another encoding', encoded(' gzip, chunked')],
  ['chunked twice', encoded(' chunked, chunked')],
  ['chunked in two fields', encoded(' chunked\r\nTransfer-Encoding: chunked')],
  ['chunked with a parameter', encoded(' chunked;q=1')],
  ['chunked in quotes', encoded(' "chunked"')],
  ['a vertical tab before chunked', encoded('\u000bchunked')],
  ['a no-break space before chunked', encoded('\u00a0chunked')],
  ['a folded encoding', encoded('\r\n chunked')],
  ['an empty encoding', encoded('')],
  [
    'differing lengths',
    'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  ],
  ['a list of lengths', 'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1, 1\r\n\r\na'],
  ['a length with a sign', 'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: +1\r\n\r\na'],
  ['a length in another spelling', 'POST / HTTP/1.1\r\nHost: web\r\nContent_Length: 1\r\n\r\n'],
  [
    'an encoding in another spelling',
    'POST / HTTP/1.1\r\nHost: web\r\nTransfer.Encoding: chunked\r\n\r\n',
  ],
  ['bare LF ends a line', 'GET / HTTP/1.1\r\nHost: web\nX: 1\r\n\r\n'],
  ['bare LF ends the head', 'GET / HTTP/1.1\nHost: web\n\n'],
  ['obsolete folding', 'GET / HTTP/1.1\r\nHost: web\r\nX: a\r\n b\r\n\r\n'],
  ['folding in the first field', 'GET / HTTP/1.1\r\n Host: web\r\n\r\n'],
  ['space before the colon', 'GET / HTTP/1.1\r\nHost: web\r\nContent-Length : 5\r\n\r\nhello'],
  ['NUL in a value', 'GET / HTTP/1.1\r\nHost: web\r\nX: a\u0000b\r\n\r\n'],
  ['CR in a value', 'GET / HTTP/1.1\r\nHost: web\r\nX: a\rb\r\n\r\n'],
  ['control character in a name', 'GET / HTTP/1.1\r\nHost: web\r\nX\u0001: a\r\n\r\n'],
  ['chunk extension', inChunks('1;a=b\r\nx\r\n0\r\n\r\n')],
  ['bare LF in a chunk extension', inChunks('1;\nx\r\n0\r\n\r\n')],
  ['bare LF in chunk framing', inChunks('1\nx\n0\n\n')],
  ['bare CR in chunk framing', inChunks('1\rXx\r\n0\r\n\r\n')],
  ['chunk longer than it says', inChunks('1\r\nxyz\r\n0\r\n\r\n')],
  ['chunk size with a sign', inChunks('+1\r\nx\r\n0\r\n\r\n')],
  ['chunk size as a literal', inChunks('0x1\r\nx\r\n0\r\n\r\n')],
  ['chunk size beyond 32 bits', inChunks('100000001\r\nx\r\n0\r\n\r\n')],
  ['space behind a chunk size', inChunks('1 \r\nx\r\n0\r\n\r\n')],
  ['framing in trailers', inChunks('0\r\nContent-Length: 1\r\n\r\n')],
  ['a mesh-only field in trailers', inChunks('0\r\nx-selvage-peer: a\r\n\r\n')],
  [
    'Connection names framing',
    'POST / HTTP/1.1\r\nHost: web\r\nConnection: content-length\r\nContent-Length: 1\r\n\r\na',
  ],
  [
    'encoding in HTTP/1.0',
    'POST / HTTP/1.0\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['absolute form with another host', 'GET http://other/ HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['absolute form with a user', 'GET http://web@other/ HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['absolute form of another scheme', 'GET https://web/ HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['authority form', 'GET web:80 HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['CONNECT', 'CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\n'],
  ['fragment', 'GET /a#b HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['fragment in a query', 'GET /a?b#c HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['duplicate slash', 'GET //admin HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['encoded slash', 'GET /a%2Fb HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['encoded backslash', 'GET /a%5Cb HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['backslash', 'GET /a\\b HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['dot segments', 'GET /a/../b HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['encoded dot segments', 'GET /a/%2e%2e/b HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['dot segments with a parameter', 'GET /a/..;x/b HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['encoded NUL', 'GET /a%00 HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['space in the target', 'GET /a b HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['a byte above ASCII in the target', 'GET /\u00e9 HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['two spaces', 'GET  / HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['no version, as in HTTP/0.9', 'GET /\r\n\r\n'],
  ['a bare line feed before the request', '\nGET / HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['a PROXY header', 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET / HTTP/1.1\r\nHost: web\r\n\r\n'],
  ['a PROXY header, version 2', '\r\n\r\n\u0000\r\nQUIT\n\u0021\u0011\u0000\u0000'],
  ['another version', 'GET / HTTP/3.0\r\nHost: web\r\n\r\n', 505],
  ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: web\r\nExpect: more\r\n\r\n', 417],
  ['a huge field', `GET / HTTP/1.1\r\nHost: web\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
  ['many fields', `GET / HTTP/1.1\r\nHost: web\r\n${'x: 1\r\n'.repeat(101)}\r\n`, 431],
  ['a long target', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: web\r\n\r\n`, 414],
];

describe('a request that means two things', () => {
  let pair: Pair;
  const heads: string[] = [];

  beforeAll(async () => {
    const answer = answering((head) => {
      heads.push(head);
      return okAnswer('ok');
    });
    const application = startApplication({ received: answer });
    pair = await startPair(application, { snapshot: { policyHeaders: ['x-role'] } });
  });

  afterAll(() => pair.stop());

  test.each(CLASSES)(
    '%s: is refused, closed, and reaches no application',
    async (_, request, status = 400) => {
      heads.length = 0;
      const client = await pair.connect();
      const marker = 'GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n';
      const answer = await client.send(request + marker).finish();
      expect(answer).toStartWith(`HTTP/1.1 ${status} `);
      expect(answer).toContain('connection: close\r\n');
      expect(answer).toMatch(/x-selvage-reason: [a-z-]+\r\n/);
      expect(answer.match(/HTTP\/1\.1/g)?.length).toBe(1);
      client.shutdown();
      await pair.settled();
      expect(heads).toEqual([]);
    },
  );

  test('a mesh-only field from a client is not believed', async () => {
    heads.length = 0;
    const client = await pair.connect();
    const forged = 'x-selvage-peer: spiffe://shop.example/ns/default/sa/admin';
    await client
      .send(
        `GET / HTTP/1.1\r\nHost: web\r\n${forged}\r\nX_Selvage_Peer: a\r\nX.Selvage~Peer: a\r\n\r\n`,
      )
      .reads('ok');
    expect(heads[0]?.match(/selvage/gi)?.length).toBe(1);
    expect(heads[0]).not.toContain('admin');
  });

  test('Connection takes no field of the mesh away', async () => {
    heads.length = 0;
    const client = await pair.connect();
    await client
      .send(
        'GET / HTTP/1.1\r\nHost: web\r\nConnection: x-selvage-peer, x-role\r\nX-Role: a\r\n\r\n',
      )
      .reads('ok');
    expect(heads[0]).toMatch(/\r\nx-selvage-peer: spiffe:\/\/[^\r]*\/client\r\n/);
    expect(heads[0]).not.toContain('x-role');
    expect(Object.keys(pair.egress.asked.at(-1) ?? {})).not.toContain('headers');
  });

  test('the case of a scheme and of a host changes nothing', async () => {
    heads.length = 0;
    const client = await pair.connect();
    await client.send('GET HTTP://WeB/a HTTP/1.1\r\nHost: wEb\r\n\r\n').reads('ok');
    expect(heads[0]).toStartWith('GET /a HTTP/1.1\r\nhost: web\r\n');
    for (const { asked } of [pair.egress, pair.ingress]) {
      expect(asked.at(-1)).toMatchObject({ path: '/a', host: 'web' });
    }
  });

  test('what is decided on is what is forwarded', async () => {
    heads.length = 0;
    const client = await pair.connect();
    await client.send('GET /%61dmin?%61 HTTP/1.1\r\nHost: WEB\r\n\r\n').reads('ok');
    expect(heads[0]).toStartWith('GET /admin?%61 HTTP/1.1\r\nhost: web\r\n');
    for (const { asked } of [pair.egress, pair.ingress]) {
      expect(asked.at(-1)).toMatchObject({ path: '/admin', host: 'web', method: 'GET' });
    }
  });
});

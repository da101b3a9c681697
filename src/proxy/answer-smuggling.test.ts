import { afterEach, describe, expect, test } from 'bun:test';
import {
  type Application,
  okAnswer,
  type Pair,
  startApplication,
  startPair,
} from './testing/index.ts';

const answer = (fields: string, behind = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${behind}`;
const encoded = (encoding: string): string => answer(`Transfer-Encoding:${encoding}`, '0\r\n\r\n');
const inChunks = (body: string): string => answer('Transfer-Encoding: chunked', body);

/** Answers whose head means two things. */
const HEADS: readonly (readonly [name: string, answer: string])[] = [
  ['no status line, as in HTTP/0.9', 'hello\r\n\r\n'],
  ['another version', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status above 599', 'HTTP/1.1 600 x\r\n\r\n'],
  ['a NUL in the phrase', 'HTTP/1.1 200 O\u0000\r\n\r\n'],
  [
    'a length with encoding',
    answer('Content-Length: 0\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  ],
  [
    'an encoding with length',
    answer('Transfer-Encoding: chunked\r\nContent-Length: 0', '0\r\n\r\n'),
  ],
  ['two lengths', answer('Content-Length: 1\r\nContent-Length: 2', 'ab')],
  ['one length twice', answer('Content-Length: 1\r\nContent-Length: 1', 'a')],
  ['a list of lengths', answer('Content-Length: 1, 1', 'a')],
  ['a length with a sign', answer('Content-Length: +1', 'a')],
  ['Transfer-Encoding: ,chunked', encoded(' ,chunked')],
  ['an encoding that is not chunked', encoded(' gzip')],
  ['chunked behind another encoding', encoded(' gzip, chunked')],
  ['chunked twice', encoded(' chunked\r\nTransfer-Encoding: chunked')],
  ['chunked in HTTP/1.0', encoded(' chunked').replace('1.1', '1.0')],
  ['a vertical tab before chunked', encoded('\u000bchunked')],
  ['obsolete folding', answer('X: a\r\n b', '')],
  ['folding in the first field', answer(' X: a', '')],
  ['space before the colon', answer('Content-Length : 0', '')],
  ['a bare LF that ends a line', answer('X: a\nY: b', '')],
  ['a bare LF that ends the head', 'HTTP/1.1 200 OK\n\n'],
  ['a NUL in a value', answer('X: a\u0000b', '')],
  ['a CR in a value', answer('X: a\rSet-Cookie: b', '')],
  ['a control character in a name', answer('X\u0001: a', '')],
  ['Connection names framing', answer('Connection: content-length\r\nContent-Length: 0')],
];

/** Answers that begin well. */
const CHUNKS: readonly (readonly [name: string, answer: string])[] = [
  ['a chunk extension', inChunks('1;a=b\r\nx\r\n0\r\n\r\n')],
  ['a chunk longer than it says', inChunks('1\r\nxyz\r\n0\r\n\r\n')],
  ['a chunk size as a literal', inChunks('0x1\r\nx\r\n0\r\n\r\n')],
  ['bare LF in chunk framing', inChunks('1\nx\n0\n\n')],
  ['framing in trailers', inChunks('1\r\nx\r\n0\r\nContent-Length: 1\r\n\r\n')],
  ['a mesh-only field in trailers', inChunks('1\r\nx\r\n0\r\nx-selvage-peer: a\r\n\r\n')],
];

const REQUEST = 'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n';
const SMUGGLED = okAnswer('smuggled');

describe('an answer that means two things', () => {
  let pair: Pair;
  let application: Application;

  /** Answers the first connection so, with another answer behind it, and the later ones well. */
  async function answerWith(bad: string): Promise<void> {
    application = startApplication({
      received: (connection) => {
        const isFirst = application.connections[0] === connection;
        connection.write(isFirst ? bad + SMUGGLED : okAnswer('good'));
      },
    });
    pair = await startPair(application);
  }

  afterEach(() => pair.stop());

  test.each(HEADS)('by %s is a bad gateway, and nothing of it is passed on', async (_, bad) => {
    await answerWith(bad);
    const client = await pair.connect();
    const text = await client.send(REQUEST).reads('\r\n\r\n');
    expect(text).toStartWith('HTTP/1.1 502 ');
    expect(text).toMatch(/x-selvage-reason: [a-z-]+\r\n/);
    await pair.settled();
    const other = await pair.connect();
    expect(await other.send(REQUEST).reads('good')).not.toContain('smuggled');
    expect(client.text).not.toContain('smuggled');
    expect(application.connections.length).toBe(2);
  });

  test.each(CHUNKS)('by %s is broken off, and nobody gets what follows', async (_, bad) => {
    await answerWith(bad);
    const client = await pair.connect();
    const text = await client.send(REQUEST).finish();
    expect(text).not.toContain('smuggled');
    expect(text).not.toEndWith('0\r\n\r\n');
    await pair.settled();
    const other = await pair.connect();
    expect(await other.send(REQUEST).reads('good')).not.toContain('smuggled');
    expect(application.connections.length).toBe(2);
  });
});

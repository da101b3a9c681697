import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { TRAILER_BYTES } from '../limits.ts';
import { type ContentLength, ContentReader, MALFORMED } from './content-reader.ts';

/** Reads `text`, cut at the given places: the content, where the message ended, or 'malformed'. */
function read(length: ContentLength, text: string, cuts: readonly number[] = []) {
  const reader = new ContentReader();
  reader.begin(length, { has: (name) => name === 'x-deciding' });
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
  let content = '';
  let told = 0;
  let trailers: string[] = [];
  let from = 0;
  for (const end of ends) {
    if (reader.done) break;
    const part = bytes.subarray(0, end);
    const to = reader.read(part, from, {
      contentRead: (_, at, until, ended) => {
        content += part.toString('latin1', at, until);
        told += ended ? 1 : 0;
      },
      trailersRead: (fields) => {
        trailers = fields.map(({ name, value }) => `${name}: ${value}`);
        told += 1;
      },
    });
    if (to === MALFORMED) return 'malformed';
    from = to;
  }
  expect(told).toBe(reader.done && length !== 0 ? 1 : 0); // an end is told once, with what ends it
  return { content, end: from, done: reader.done, trailers };
}

describe('a content', () => {
  test('of a length ends after so many bytes', () => {
    expect(read(5, 'helloGET')).toEqual({ content: 'hello', end: 5, done: true, trailers: [] });
    expect(read(5, 'hel')).toEqual({ content: 'hel', end: 3, done: false, trailers: [] });
    expect(read(0, 'GET')).toEqual({ content: '', end: 0, done: true, trailers: [] });
  });

  test('until close never ends by itself', () => {
    expect(read('until-close', 'abc')).toEqual({
      content: 'abc',
      end: 3,
      done: false,
      trailers: [],
    });
  });

  test('in chunks ends after the last one and its trailers', () => {
    expect(read('chunked', '5\r\nhello\r\n0\r\n\r\nGET')).toEqual({
      content: 'hello',
      end: 15,
      done: true,
      trailers: [],
    });
    const trailed = '1\r\na\r\n0\r\nX-Sum: 1\r\nX-B:2\r\n\r\n';
    expect(read('chunked', trailed)).toEqual({
      content: 'a',
      end: trailed.length,
      done: true,
      trailers: ['x-sum: 1', 'x-b: 2'],
    });
    expect(read('chunked', 'A\r\n0123456789\r\n0\r\n\r\n')).toMatchObject({
      content: '0123456789',
    });
  });

  test.each([
    '5;ext=1\r\nhello\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    ' 5\r\nhello\r\n0\r\n\r\n',
    '5\nhello\r\n0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhelloX\r\n0\r\n\r\n',
    '\r\nhello\r\n0\r\n\r\n',
    '-5\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '000000005\r\nhello\r\n0\r\n\r\n',
    'fffffffff\r\n',
    '0\r\nX : 1\r\n\r\n',
    '0\r\nX: 1\n\r\n\r\n',
    '0\r\n X: 1\r\n\r\n',
    '0\r\nContent-Length: 1\r\n\r\n',
    '0\r\nHost: a\r\n\r\n',
    '0\r\nTransfer-Encoding: chunked\r\n\r\n',
    '0\r\nX-Selvage-Peer: a\r\n\r\n',
    '0\r\nX_Selvage_Peer: a\r\n\r\n',
    '0\r\nnocolon\r\n\r\n',
    '0\r\nX-Deciding: 1\r\n\r\n',
  ])('in chunks that could be read in two ways is malformed: %j', (text) => {
    expect(read('chunked', text)).toBe('malformed');
  });

  test(`has at most ${TRAILER_BYTES} bytes of trailers`, () => {
    expect(read('chunked', `0\r\nX: ${'a'.repeat(TRAILER_BYTES)}\r\n\r\n`)).toBe('malformed');
  });

  test('in chunks reads the same however the bytes are cut', () => {
    const chunk = fc.string({
      unit: fc.constantFrom('a', '\r', '\n', '0'),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.array(chunk), fc.array(fc.nat(200)), fc.boolean(), (chunks, cuts, trailer) => {
        const text =
          chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('') +
          `0\r\n${trailer ? 'X-Sum: 1\r\n' : ''}\r\n`;
        const trailers = trailer ? ['x-sum: 1'] : [];
        const whole = { content: chunks.join(''), end: text.length, done: true, trailers };
        expect(read('chunked', `${text}GET`, cuts)).toEqual(whole);
      }),
      { seed: 13, numRuns: 1_000 },
    );
  });
});

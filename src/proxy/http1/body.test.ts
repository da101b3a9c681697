import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { TRAILER_BYTES } from '../limits.ts';
import { bodyReader, MALFORMED } from './body.ts';
import type { BodyLength } from './head.ts';

/** Reads `text`, cut at the given places: the content, where the body ended, or 'malformed'. */
function read(length: BodyLength, text: string, cuts: readonly number[] = []) {
  const reader = bodyReader(length);
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
  let content = '';
  let from = 0;
  for (const end of ends) {
    const part = bytes.subarray(0, end);
    const to = reader.read(part, from, (at, until) => {
      content += part.toString('latin1', at, until);
    });
    if (to === MALFORMED) return 'malformed';
    from = to;
    if (reader.done) break;
  }
  return { content, end: from, done: reader.done };
}

describe('a body', () => {
  test('of a length ends after so many bytes', () => {
    expect(read(5, 'helloGET')).toEqual({ content: 'hello', end: 5, done: true });
    expect(read(5, 'hel')).toEqual({ content: 'hel', end: 3, done: false });
    expect(read(0, 'GET')).toEqual({ content: '', end: 0, done: true });
  });

  test('until close never ends by itself', () => {
    expect(read('until-close', 'abc')).toEqual({ content: 'abc', end: 3, done: false });
  });

  test('in chunks ends after the last one and its trailers', () => {
    expect(read('chunked', '5\r\nhello\r\n0\r\n\r\nGET')).toEqual({
      content: 'hello',
      end: 15,
      done: true,
    });
    const trailed = '1\r\na\r\n0\r\nX-Sum: 1\r\nX-B:2\r\n\r\n';
    expect(read('chunked', trailed)).toEqual({ content: 'a', end: trailed.length, done: true });
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
        const whole = { content: chunks.join(''), end: text.length, done: true };
        expect(read('chunked', `${text}GET`, cuts)).toEqual(whole);
      }),
      { seed: 13, numRuns: 1_000 },
    );
  });
});

import { describe, expect, test } from 'bun:test';
import { HEAD_BYTES } from '../limits.ts';
import { headEnd } from './head-end.ts';

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

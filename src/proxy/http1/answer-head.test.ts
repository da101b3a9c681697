import { describe, expect, test } from 'bun:test';
import { readAnswerHead } from './answer-head.ts';

const read = (lines: readonly string[], method = 'GET') => {
  const answer = readAnswerHead(`${lines.join('\r\n')}\r\n\r\n`, method);
  return answer.ok ? answer.value : answer.error;
};

describe('the head of an answer', () => {
  test.each([
    ['Content-Length: 5', 'GET', 5],
    ['Content-Length: 5', 'HEAD', 0],
    ['Transfer-Encoding: chunked', 'GET', 'chunked'],
    ['Transfer-Encoding: chunked', 'HEAD', 0],
    ['Server: x', 'GET', 'until-close'],
  ])('with %s says, to %s, how its content is framed', (field, method, content) => {
    expect(read(['HTTP/1.1 200 OK', field], method)).toMatchObject({ content } as never); // by the table
  });

  test.each([100, 103, 204, 304])('with status %i has no content', (status) => {
    expect(read([`HTTP/1.1 ${status} x`])).toMatchObject({ content: 0, head: { status } });
  });

  test('of another status with content is as it says, whatever its length', () => {
    expect(read(['HTTP/1.1 304 Not Modified', 'Content-Length: 5'])).toMatchObject({
      content: 0,
      head: { length: 5 },
    });
    for (const status of [103, 204]) {
      for (const field of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
        expect(read([`HTTP/1.1 ${status} x`, field])).toBe('bad-content-length');
      }
    }
  });

  test('keeps nothing that only sidecars may say', () => {
    const answer = read([
      'HTTP/1.1 503 No',
      'x-selvage-reason: a',
      'X_Selvage_Retry: safe',
      'Server: x',
    ]);
    expect(answer).toMatchObject({ head: { meshReason: undefined, meshRetry: undefined } });
    if (typeof answer === 'string') throw new Error(answer);
    expect(answer.head.fields.map(({ line }) => line)).toEqual(['server: x\r\n']);
  });

  test('has a status of three digits and a version 1', () => {
    for (const line of [
      'HTTP/1.1 99 x',
      'HTTP/1.1 600 x',
      'HTTP/2 200 x',
      'HTTP/1.1 200\u0000',
      'ICY 200 OK',
    ]) {
      expect(read([line])).toBe('bad-status-line');
    }
    expect(read(['HTTP/1.1 200'])).toMatchObject({ keepAlive: true });
  });

  test('keeps the connection as its version and Connection say', () => {
    expect(read(['HTTP/1.1 200 OK', 'Connection: close'])).toMatchObject({ keepAlive: false });
    expect(read(['HTTP/1.0 200 OK'])).toMatchObject({ keepAlive: false });
    expect(read(['HTTP/1.0 200 OK', 'Connection: keep-alive'])).toMatchObject({ keepAlive: true });
    expect(read(['HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'])).toBe('bad-transfer-encoding');
  });
});

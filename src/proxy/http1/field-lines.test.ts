import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Field } from '../http/field.ts';
import { KNOWN_LINE_CHARS, KNOWN_LINES } from '../limits.ts';
import { FieldLines } from './field-lines.ts';

/** The fields of a head that has these lines. */
function read(lines: FieldLines, ...texts: string[]): (Field | undefined)[] {
  const head = `GET / HTTP/1.1\r\n${texts.map((text) => `${text}\r\n`).join('')}\r\n`;
  let at = head.indexOf('\r\n') + 2;
  return texts.map((_, index) => {
    const field = index === 0 ? lines.first(head, at) : lines.next(head, at);
    at = lines.end;
    return field;
  });
}

/** Do both stand for the same field, as one object? */
const areSame = (lines: FieldLines, one: string, other: string): boolean =>
  read(lines, one)[0] === read(lines, other)[0];

describe('the lines of heads', () => {
  test('are the same fields when they come again, in any order', () => {
    const lines = new FieldLines();
    const [a, b, c] = read(lines, 'A: 1', 'B: 2', 'C: 3');
    expect(read(lines, 'A: 1', 'B: 2', 'C: 3').every((f, i) => f === [a, b, c][i])).toBe(true);
    expect(read(lines, 'C: 3', 'A: 1', 'B: 2').every((f, i) => f === [c, a, b][i])).toBe(true);
    expect(read(lines, 'A: 1', 'X: new', 'C: 3')[2] === c).toBe(true);
  });

  test('are told apart by each of their bytes', () => {
    const lines = new FieldLines();
    for (const other of ['a: 1', 'A: 1 ', 'A:1', 'A: 12', 'A: ', 'A: 1\r']) {
      expect(areSame(lines, 'A: 1', other)).toBe(false);
    }
  });

  test.each([
    'Authorization: Bearer a',
    'Cookie: a=b',
    'Set-Cookie: a',
    'X-Api-Key: a',
    'X-Auth: a',
    'Sec-WebSocket-Key: a',
    'Traceparent: 00-1-2-01',
    'X-Request-Id: a',
    'ETag: "a"',
    'If-None-Match: "a"',
  ])('are not kept where they may be secret, or hardly come again: %s', (text) => {
    const lines = new FieldLines();
    expect(areSame(lines, text, text)).toBe(false);
  });

  test(`are kept up to ${KNOWN_LINE_CHARS} characters, with their end`, () => {
    const lines = new FieldLines();
    const of = (length: number) => `x-long: ${'a'.repeat(length - 10)}`;
    expect(areSame(lines, of(KNOWN_LINE_CHARS), of(KNOWN_LINE_CHARS))).toBe(true);
    expect(areSame(lines, of(KNOWN_LINE_CHARS + 1), of(KNOWN_LINE_CHARS + 1))).toBe(false);
  });

  test(`are forgotten when ${KNOWN_LINES} others came`, () => {
    const lines = new FieldLines();
    const [before] = read(lines, 'A: 1');
    for (let count = 1; count < KNOWN_LINES; count++) read(lines, `b: ${count}`);
    expect(read(lines, 'A: 1')[0] === before).toBe(true);
    read(lines, 'one: more');
    expect(read(lines, 'A: 1')[0] === before).toBe(false);
  });

  test('that are no fields are none each time', () => {
    const lines = new FieldLines();
    for (const _ of [1, 2]) expect(read(lines, 'A: 1', 'no colon', 'B: 2')[1]).toBeUndefined();
  });

  test('mean the same whatever heads came before', () => {
    const known = new FieldLines();
    const line = fc.constantFrom('A: 1', 'A: 2', 'a: 1', 'B: 1', 'Cookie: x', 'bad', 'B: 12', 'A:');
    const head = fc.array(line, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(head, (texts) => {
        const meaning = (field: Field | undefined) => field?.line;
        const alone = texts.map((text) => meaning(read(new FieldLines(), text)[0]));
        expect(read(known, ...texts).map(meaning)).toEqual(alone);
      }),
      { seed: 23, numRuns: 2_000 },
    );
  });
});

import { expect, test } from 'bun:test';
import { formatInstant, parseInstant } from './instant.ts';

test('an instant is read in any zone, and written in one way', () => {
  const atMs = Date.UTC(2026, 10, 20, 17);
  expect(parseInstant('2026-11-20T17:00:00Z')).toBe(atMs);
  expect(parseInstant('2026-11-20T18:00:00+01:00')).toBe(atMs);
  expect(parseInstant('2026-11-20T17:00:00.250Z')).toBe(atMs + 250);
  expect(formatInstant(atMs)).toBe('2026-11-20T17:00:00.000Z');
  expect(parseInstant(formatInstant(atMs + 1))).toBe(atMs + 1);
  expect(parseInstant('2028-02-29T00:00:00Z')).toBe(Date.UTC(2028, 1, 29));
  expect(parseInstant('1970-01-01T00:00:00Z')).toBe(0);
});

test('what is no instant of RFC 3339 is none', () => {
  const texts = [
    ...['', 'now', '2026-11-20', '2026-11-20T17:00Z', '2026-11-20T17:00:00', '1763658000000'],
    ...['2026-11-20 17:00:00Z', '2026-11-20T25:00:00Z', '2026-13-01T00:00:00Z'],
    ...['2026-02-30T00:00:00Z', '2026-11-00T00:00:00Z', '2026-11-20T17:00:00.1234Z'],
    ...['1969-12-31T23:59:59Z', '1970-01-01T00:00:00+00:01', '0026-11-20T17:00:00Z'],
    ...[' 2026-11-20T17:00:00Z', '+12026-11-20T17:00:00Z', '2026-11-20T17:00:00+99:00'],
  ];
  expect(texts.filter((text) => parseInstant(text) !== undefined)).toEqual([]);
});

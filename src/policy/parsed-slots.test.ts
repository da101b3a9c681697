import { expect, test } from 'bun:test';
import { ParsedSlots } from './parsed-slots.ts';

test('the last few used stay parsed, and the one unused for longest is overwritten', () => {
  const parsed: string[] = [];
  const slots = new ParsedSlots<{ readonly id: string }>('s', 2, (name, { id }) => {
    parsed.push(`${name}=${id}`);
  });
  const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  for (const value of [a, b, a, c, a, b]) slots.nameOf(value);
  expect(parsed).toEqual(['s-1=a', 's-0=b', 's-0=c', 's-0=b']);
});

test('a slot whose parsing failed holds nothing: what was there is parsed again', () => {
  let parses = 0;
  const slots = new ParsedSlots<{ readonly bad: boolean }>('s', 1, (_name, { bad }) => {
    parses += 1;
    if (bad) throw new Error('no');
  });
  const good = { bad: false };
  slots.nameOf(good);
  expect(() => slots.nameOf({ bad: true })).toThrow('no');
  slots.nameOf(good);
  expect(parses).toBe(3);
});

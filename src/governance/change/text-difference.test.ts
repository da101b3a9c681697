import { expect, test } from 'bun:test';
import { textDifference } from './text-difference.ts';

const text = (...lines: readonly string[]): string => lines.join('\n');

test('lines that differ are shown with some around them', () => {
  const before = text('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
  const after = text('a', 'b', 'c', 'd', 'E', 'e2', 'f', 'g', 'h', 'i');
  expect(textDifference(before, after)).toEqual([
    ...['  b', '  c', '  d'],
    ...['- e', '+ E', '+ e2'],
    ...['  f', '  g', '  h'],
  ]);
});

test('from the first difference to the last one all is shown', () => {
  expect(textDifference(text('a', 'b', 'c'), text('A', 'b', 'C'))).toEqual([
    ...['- a', '- b', '- c'],
    ...['+ A', '+ b', '+ C'],
  ]);
});

test('a text that comes or goes is shown whole, and equal ones not at all', () => {
  expect(textDifference('', text('a', ''))).toEqual(['+ a', '+ ']);
  expect(textDifference(text('a', 'b'), '')).toEqual(['- a', '- b']);
  expect(textDifference(text('a', 'a'), text('a', 'a', 'a'))).toEqual(['  a', '  a', '+ a']);
  expect(textDifference('', '')).toEqual([]);
});

test('an end of line that goes is a difference', () => {
  expect(textDifference(text('a', ''), text('a'))).toEqual(['  a', '- ']);
});

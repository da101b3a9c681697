import { describe, expect, test } from 'bun:test';
import { threadProcessorMs } from '../../platform/index.ts';
import { fieldOf, trimmed } from './field-line.ts';

describe('a line of a head', () => {
  test('is a name in lower case, and a value without white space around it', () => {
    expect(fieldOf('X-Name:\t a b\u00e9 \t')).toMatchObject({ name: 'x-name', value: 'a b\u00e9' });
    expect(fieldOf('X-Empty:')).toMatchObject({ name: 'x-empty', value: '' });
    expect(fieldOf('x-colons: a:b')).toMatchObject({ value: 'a:b' });
  });

  test.each([
    'no colon',
    ': no name',
    'space : before the colon',
    ' folded: a',
    'n\u00e9: a',
    'x: a\rb',
    'x: a\nb',
    'x: a\u0000b',
    'x: a\u007fb',
    'x: \u000ba',
    '',
  ])('%j is none', (line) => {
    expect(fieldOf(line)).toBeUndefined();
  });
});

test('white space is blanks and tabs only, and a value full of it takes no long time', () => {
  expect(trimmed(' \t a \t')).toBe('a');
  expect(trimmed('a:  b', 2)).toBe('b');
  expect(trimmed('\u00a0a\u00a0')).toBe('\u00a0a\u00a0');
  const startMs = threadProcessorMs();
  trimmed(`${' '.repeat(1_000_000)}a${' '.repeat(1_000_000)}b${' '.repeat(1_000_000)}`);
  expect(threadProcessorMs() - startMs).toBeLessThan(1_000); // a quadratic one takes many minutes
});

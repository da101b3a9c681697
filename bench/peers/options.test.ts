import { expect, test } from 'bun:test';
import { readOptions } from './options.ts';

const known = ['http1', 'tcp'];

test('all cases run five rounds if nothing is said', () => {
  expect(readOptions([], known)).toEqual({ cases: [], rounds: 5, json: false, install: false });
});

test('cases are named one by one', () => {
  const args = ['--case', 'http1', '--case', 'tcp', '--rounds', '2', '--json', '--profile', 'tcp'];
  expect(readOptions(args, known)).toEqual({
    cases: ['http1', 'tcp'],
    rounds: 2,
    json: true,
    install: false,
    profile: 'tcp',
  });
});

test.each([
  [['--case', 'http9'], "there is no case 'http9'; there are http1, tcp"],
  [['--profile', 'http9'], "there is no case 'http9'"],
  [['--rounds', '0'], "--rounds is '0'"],
  [['--rounds', 'many'], "--rounds is 'many'"],
  [['--fast'], '--fast'],
  [['http1'], 'http1'],
])('%p is refused with what is wrong', (args, message) => {
  expect(() => readOptions(args, known)).toThrow(message);
});

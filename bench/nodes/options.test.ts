import { expect, test } from 'bun:test';
import { readOptions } from './options.ts';

test('thirty nodes, a hundred changes and a minute are measured when nothing is said', () => {
  expect(readOptions([])).toEqual({ nodes: 30, changes: 100, idleSeconds: 60, json: false });
  expect(readOptions(['--nodes', '3', '--json', '--command', 'dist/selvage'])).toMatchObject({
    nodes: 3,
    json: true,
    command: 'dist/selvage',
  });
});

test('a number without sense is refused by its flag', () => {
  expect(() => readOptions(['--nodes', '1'])).toThrow("--nodes is '1'");
  expect(() => readOptions(['--idle', 'long'])).toThrow('a whole number from 1 to 3600');
  expect(() => readOptions(['--fast'])).toThrow("'--fast'");
});

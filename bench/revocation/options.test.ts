import { expect, test } from 'bun:test';
import { readOptions } from './options.ts';

test('thirty nodes, eight sidecars and twenty revocations of each kind when nothing is said', () => {
  expect(readOptions([])).toEqual({ nodes: 30, sidecars: 8, rounds: 20, json: false });
  expect(readOptions(['--nodes', '3'])).toMatchObject({ nodes: 3, sidecars: 3 });
});

test('a number without sense is refused by its flag', () => {
  expect(() => readOptions(['--nodes', '3', '--sidecars', '4'])).toThrow("--sidecars is '4'");
});

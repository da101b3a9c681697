import { expect, test } from 'bun:test';
import { readOptions } from './options.ts';

test('each is measured as it is promised when nothing is said', () => {
  const usual = { perSecond: 100, json: false };
  expect(readOptions('rotation', [])).toEqual({ ...usual, seconds: 300, lifeSeconds: 20 });
  expect(readOptions('authorities', [])).toEqual({ ...usual, seconds: 600, lifeSeconds: 60 });
  expect(readOptions('rotation', ['--seconds', '30'])).toMatchObject({ seconds: 30 });
});

test('a number without sense is refused by its flag', () => {
  expect(() => readOptions('rotation', ['--life', '9'])).toThrow("--life is '9'");
});

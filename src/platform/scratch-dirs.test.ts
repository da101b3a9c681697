import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirs } from './scratch-dirs.ts';

test('a scratch directory is private, holds what it was given, and is gone afterwards', async () => {
  let seen = '';
  const answer = await scratchDirs().with({ 'root.json': Buffer.from('{}') }, async (path) => {
    seen = path;
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(path)).toEqual(['root.json']);
    expect(readFileSync(join(path, 'root.json'), 'utf8')).toBe('{}');
    writeFileSync(join(path, 'more'), 'x');
    return 7;
  });
  expect(answer).toBe(7);
  expect(existsSync(seen)).toBe(false);
});

test('it is gone when its user throws as well', async () => {
  let seen = '';
  const failing = scratchDirs().with({}, async (path) => {
    seen = path;
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(seen)).toBe(false);
});

test('a place where none can be made is named', async () => {
  const failing = scratchDirs('/nowhere/at/all').with({}, async () => undefined);
  await expect(failing).rejects.toThrow('/nowhere/at/all');
});

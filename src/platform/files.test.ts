import { afterEach, beforeEach, expect, test } from 'bun:test';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrivateDirectory, listFiles, readTextFile, writeFileAtomic } from './index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-files-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const below = (name: string): string => join(directory, name);

test('a text file is read up to its bound and not beyond', () => {
  writeFileSync(below('a'), 'four');
  expect(readTextFile(below('a'), 4)).toBe('four');
  expect(() => readTextFile(below('a'), 3)).toThrow('has 4 bytes; at most 3 are read');
  expect(() => readTextFile(below('b'), 3)).toThrow('does not exist');
  expect(() => readTextFile(below('a/b'), 3)).toThrow('does not exist');
});

test('a directory gives its files of the wanted kinds in order, a file gives itself', () => {
  for (const name of ['b.yaml', 'a.cedar', 'notes.txt', '.hidden.yaml']) {
    writeFileSync(below(name), '');
  }
  mkdirSync(below('deeper.yaml'));
  expect(listFiles([directory], ['.yaml', '.cedar'])).toEqual([below('a.cedar'), below('b.yaml')]);
  expect(listFiles([below('notes.txt')], ['.yaml'])).toEqual([below('notes.txt')]);
  expect(() => listFiles([below('none')], ['.yaml'])).toThrow('does not exist');
});

test('a file is replaced whole, has its mode, and leaves nothing beside it', () => {
  writeFileAtomic(below('state.json'), 'old', 0o600);
  writeFileAtomic(below('state.json'), 'new', 0o600);
  expect(readFileSync(below('state.json'), 'utf8')).toBe('new');
  expect(statSync(below('state.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['state.json']);
});

test('a write that fails keeps the old content and says where', () => {
  mkdirSync(below('taken'));
  writeFileSync(join(below('taken'), 'inside'), 'kept');
  expect(() => writeFileAtomic(below('taken'), 'new')).toThrow('cannot be written');
  expect(() => writeFileAtomic(below('no/such/place'), 'new')).toThrow('cannot be written');
  expect(readdirSync(directory)).toEqual(['taken']);
});

test('a private directory is made as one, and a link to one is not taken for it', () => {
  ensurePrivateDirectory(below('run/mine'));
  expect(statSync(below('run/mine')).mode & 0o777).toBe(0o700);
  symlinkSync(below('run/mine'), below('link'));
  expect(() => ensurePrivateDirectory(below('link'))).toThrow('is not private');
});

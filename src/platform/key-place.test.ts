import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOf } from '../core/testing/index.ts';
import { refuseInside } from './key-place.ts';

const folder = mkdtempSync(join(tmpdir(), 'selvage-key-place-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a governor's key", () => {
  const dataDir = join(folder, 'n1');
  mkdirSync(join(dataDir, 'keys'), { recursive: true });
  writeFileSync(join(dataDir, 'state.db'), '');
  symlinkSync(dataDir, join(folder, 'link'));

  test.each([
    ['in the data directory', join(dataDir, 'governor.key')],
    ['below it, in a folder that is not there yet', join(dataDir, 'a/b/governor.key')],
    ['in it by way of ..', join(folder, 'n2/../n1/governor.key')],
    ['in it by way of a symbolic link', join(folder, 'link/keys/governor.key')],
  ])('%s is refused', (_, path) => {
    expect(refusalOf(() => refuseInside(path, dataDir)).code).toBe('KEY_IN_DATA_DIRECTORY');
    expect(refusalOf(() => refuseInside(path)).code).toBe('KEY_IN_DATA_DIRECTORY');
  });

  test('in a data directory that was not made yet is refused when that directory is named', () => {
    const path = join(folder, 'n9/governor.key');
    expect(refusalOf(() => refuseInside(path, join(folder, 'n9'))).code).toBe(
      'KEY_IN_DATA_DIRECTORY',
    );
  });

  test.each([
    join(folder, 'governor.key'),
    join(folder, 'n1.key'),
    join(folder, 'n10/governor.key'),
  ])('elsewhere is fine: %s', (path) => expect(refuseInside(path, dataDir)).toBeUndefined());
});

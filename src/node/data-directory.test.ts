import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTrustDomain, type SelvageError } from '../core/index.ts';
import { refusalOf } from '../core/testing/index.ts';
import { dataPaths, openDataDirectory, requireFreeDirectory } from './data-directory.ts';
import { fillDataDirectory } from './new-node.ts';

let dataDir: string;
let paths: ReturnType<typeof dataPaths>;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'selvage-data-'));
  chmodSync(dataDir, 0o711);
  paths = dataPaths(dataDir);
  const trustDomain = parseTrustDomain('shop.example');
  if (!trustDomain.ok) throw new Error(trustDomain.error);
  const identity = { trustDomain: trustDomain.value, node: 'n1' as never, epoch: 4 };
  (await fillDataDirectory(dataDir, identity)).store.close();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const refusal = (): SelvageError => refusalOf(() => openDataDirectory(dataDir).store.close());

test('what was made is opened again', () => {
  const { identity, keys, store, signing } = openDataDirectory(dataDir);
  expect(identity).toEqual({ trustDomain: 'shop.example', node: 'n1', epoch: 4 } as never);
  expect(keys.node.asymmetricKeyType).toBe('ed25519');
  expect(signing.current.certificatePem).toStartWith('-----BEGIN CERTIFICATE-----');
  store.close();
});

test('a directory without a node says how to make one', () => {
  rmSync(paths.state);
  expect(refusal().code).toBe('DATA_DIRECTORY_MISSING');
  expect(refusal().remedy).toContain('selvage join');
  rmSync(dataDir, { recursive: true });
  writeFileSync(dataDir, 'a file');
  expect(refusal().message).toBe(`there is no node in ${dataDir}`);
});

test('rights that let others in are refused, each with the command that takes them away', () => {
  const cases = [
    [paths.nodeKey, 0o644, 'KEY_FILE_OPEN_TO_OTHERS', 'chmod 600'],
    [paths.authorityKey, 0o640, 'KEY_FILE_OPEN_TO_OTHERS', 'chmod 600'],
    [paths.onlineKey, 0o604, 'KEY_FILE_OPEN_TO_OTHERS', 'chmod 600'],
    [paths.keys, 0o755, 'DIRECTORY_NOT_PRIVATE', 'chmod 700'],
    [dataDir, 0o777, 'DIRECTORY_NOT_PRIVATE', 'chmod 755'],
    [dataDir, 0o731, 'DIRECTORY_NOT_PRIVATE', 'chmod 711'],
  ] as const;
  for (const [path, mode, code, remedy] of cases) {
    const right = path === paths.keys ? 0o700 : path === dataDir ? 0o711 : 0o600;
    chmodSync(path, mode);
    const error = refusal();
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(path)]);
    expect(error.remedy).toContain(`${remedy} ${path}`);
    chmodSync(path, right);
  }
  openDataDirectory(dataDir).store.close();
});

test('a key that a crash cut off, or that is gone, is said by its name', () => {
  truncateSync(paths.nodeKey, 60);
  expect([refusal().code, refusal().message]).toEqual([
    'KEY_FILE_UNUSABLE',
    expect.stringContaining('node.key is no usable private key: it is cut off'),
  ]);
  rmSync(paths.nodeKey);
  expect([refusal().code, refusal().message]).toEqual([
    'DATA_DIRECTORY_DAMAGED',
    `${paths.nodeKey} does not exist`,
  ]);
});

test('a key of the wrong kind is refused', () => {
  copyFileSync(paths.authorityKey, paths.nodeKey);
  expect(refusal().message).toContain('it is of kind p256, expected is ed25519');
});

test('a state that is cut off, empty, rubbish or another program’s is refused, and left as it is', () => {
  truncateSync(paths.state, 5_000); // what is missed first depends on the page that is cut
  expect(['STATE_CORRUPT', 'DATA_DIRECTORY_DAMAGED']).toContain(refusal().code);
  rmSync(paths.state);
  for (const rest of ['-wal', '-shm']) rmSync(paths.state + rest, { force: true });
  writeFileSync(paths.state, 'not a database, but longer than a header would have to be');
  expect(refusal().code).toBe('STATE_CORRUPT');
  rmSync(paths.state);
  const other = new Database(paths.state);
  other.run('CREATE TABLE recipes (name TEXT)');
  other.close();
  expect([refusal().code, refusal().message]).toEqual([
    'STATE_CORRUPT',
    expect.stringContaining('a database of another program'),
  ]);
  const still = new Database(paths.state);
  expect(still.query('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'recipes' }]);
  still.close();
  rmSync(paths.state);
  writeFileSync(paths.state, '');
  expect([refusal().code, refusal().message]).toEqual([
    'DATA_DIRECTORY_DAMAGED',
    expect.stringContaining('does not say whose it is'),
  ]);
});

test('an identity that cannot be read is damage, not a fault of the program', () => {
  for (const text of [
    '',
    '{',
    'null',
    '{"node":"n1"}',
    '{"node":"N 1","trustDomain":"a","epoch":1}',
  ]) {
    const { store } = openDataDirectory(dataDir);
    store.space('node').put('identity', new TextEncoder().encode(text));
    store.close();
    expect(refusal().code).toBe('DATA_DIRECTORY_DAMAGED');
    const again = new TextEncoder().encode('{"trustDomain":"shop.example","node":"n1","epoch":4}');
    const raw = new Database(paths.state, { strict: true });
    raw.run("UPDATE entries SET value = ? WHERE space = 'node' AND key = 'identity'", [again]);
    raw.close();
  }
});

test('a directory that one process holds is not opened by another', () => {
  const held = openDataDirectory(dataDir);
  expect(refusal().code).toBe('STATE_IN_USE');
  held.store.close();
  openDataDirectory(dataDir).store.close();
});

test('only an empty place is free for a new node', () => {
  expect(() => requireFreeDirectory(dataDir)).toThrow('is not empty');
  requireFreeDirectory(join(dataDir, 'none'));
});

import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { mkdtempSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SelvageError } from '../core/index.ts';
import { refusalOf } from '../core/testing/index.ts';
import { storeContract } from '../ports/testing/store.contract.ts';
import { openStore } from './sqlite-store.ts';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'selvage-')), 'state.db');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

storeContract('sqlite on disk', () => openStore(fresh()));
storeContract('sqlite in memory', () => openStore(':memory:'));

/** The error that opening `path` throws. */
const refusal = (path: string): SelvageError => refusalOf(() => openStore(path).close());

test('what was written is there when the database is opened again, for its owner alone', () => {
  const path = fresh();
  const first = openStore(path);
  first.space('a').put('k', bytes('v'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  first.close();
  const second = openStore(path);
  expect(second.space('a').get('k')).toEqual(bytes('v'));
  second.close();
});

test('a database that another node holds is refused, and free again once it is closed', () => {
  const path = fresh();
  const first = openStore(path);
  expect(refusal(path).code).toBe('STATE_IN_USE');
  first.close();
  openStore(path).close();
});

test('a process that is killed leaves its acknowledged writes and no lock', async () => {
  const path = fresh();
  const program = `import { openStore } from ${JSON.stringify(join(import.meta.dir, 'sqlite-store.ts'))};
    const store = openStore(${JSON.stringify(path)});
    store.space('a').put('k', new TextEncoder().encode('v'));
    console.log('written');
    setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe' });
  const reader = child.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('written');
  expect(refusal(path).code).toBe('STATE_IN_USE');
  child.kill('SIGKILL');
  await child.exited;
  const store = openStore(path);
  expect(store.space('a').get('k')).toEqual(bytes('v'));
  store.close();
});

test('a database of a newer program is refused with both versions, and left as it is', () => {
  const path = fresh();
  openStore(path).close();
  const database = new Database(path);
  database.run('PRAGMA user_version = 9');
  database.close();
  const error = refusal(path);
  expect(error.code).toBe('STATE_NEWER');
  expect(error.message).toContain('version 9');
});

test('a file that is no database, one cut short and one of another program are named so', () => {
  const garbage = fresh();
  writeFileSync(garbage, 'not a database at all, but long enough to be read as a header'.repeat(9));
  expect(refusal(garbage).code).toBe('STATE_CORRUPT');

  const foreign = fresh();
  const database = new Database(foreign);
  database.run('CREATE TABLE theirs (x)');
  database.close();
  expect(refusal(foreign).message).toContain('another program');

  const cut = fresh();
  const store = openStore(cut);
  for (let i = 0; i < 200; i++) store.space('a').put(String(i), new Uint8Array(1_000));
  store.close();
  truncateSync(cut, 5_000);
  expect(() => {
    const opened = openStore(cut);
    try {
      for (const _ of opened.space('a').entries());
    } finally {
      opened.close();
    }
  }).toThrow('is damaged or no database');
});

test('a directory that cannot be written is said, not crashed on', () => {
  expect(refusal('/proc/nowhere/state.db').code).toBe('FILE_UNWRITABLE');
});

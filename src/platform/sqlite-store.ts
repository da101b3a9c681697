import { Database, SQLiteError } from 'bun:sqlite';
import { closeSync, openSync } from 'node:fs';
import type { Durability, Space, Store } from '../ports/index.ts';
import { PlatformError } from './errors.ts';

/** Of the tables below; kept in `user_version`, so that an older program refuses a newer database. */
const SCHEMA_VERSION = 1;
/** `SELV`, kept in `application_id`: tells our database from another program's. */
const APPLICATION_ID = 0x53454c56;
/** Rows read at a time by `entries`: the caller may write while it iterates. */
const PAGE_ROWS = 256;

/** Data is lost with the connection: for tests only. */
const IN_MEMORY = ':memory:';

/**
 * Opens the node's database, creating it (mode 0600) when it is not there, and holds it for this
 * process alone until `close`: the lock is the kernel's, so a killed process leaves none behind.
 * Each write is on disk (WAL, `synchronous=FULL`) when its call or its transaction returns, unless the
 * transaction asked for less.
 *
 * @param path a file in an existing directory, or `:memory:`
 * @throws PlatformError STATE_IN_USE, STATE_NEWER, STATE_CORRUPT or FILE_UNWRITABLE
 */
export function openStore(path: string): Store {
  const database = guarded(path, () => openDatabase(path));
  try {
    guarded(path, () => prepare(database, path));
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteStore(database, path);
}

function openDatabase(path: string): Database {
  if (path !== IN_MEMORY) {
    try {
      closeSync(openSync(path, 'a', 0o600)); // SQLite gives its -wal file the same mode
    } catch (cause) {
      throw new PlatformError('FILE_UNWRITABLE', `cannot create or write ${path}`, { cause });
    }
  }
  return new Database(path, { readwrite: true, create: true, strict: true });
}

/** Takes the lock, then checks whose database and which version it is, before anything is written. */
function prepare(database: Database, path: string): void {
  database.run('PRAGMA locking_mode = EXCLUSIVE');
  database.run('BEGIN EXCLUSIVE');
  const application = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const tables = database.query('SELECT name FROM sqlite_schema').all().length;
  database.run('COMMIT');
  if (application !== APPLICATION_ID && (application !== 0 || tables > 0)) {
    throw new PlatformError('STATE_CORRUPT', `${path} is a database of another program`);
  }
  if (version > SCHEMA_VERSION) {
    throw new PlatformError(
      'STATE_NEWER',
      `${path} has version ${version}; this program reads up to version ${SCHEMA_VERSION}`,
    );
  }
  database.run('PRAGMA journal_mode = WAL');
  database.run('PRAGMA synchronous = FULL');
  if (version === SCHEMA_VERSION) return;
  database.transaction(() => {
    database.run(
      'CREATE TABLE entries (space TEXT, key TEXT, value BLOB, PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID',
    );
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

function pragma(database: Database, name: 'application_id' | 'user_version'): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${name}`).get();
  return row?.[name] ?? 0;
}

interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}

class SqliteStore implements Store {
  readonly #database: Database;
  readonly #path: string;

  constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
  }

  space(name: string): Space {
    const db = this.#database;
    const get = db.query<{ value: Uint8Array }, [string, string]>(
      'SELECT value FROM entries WHERE space = ? AND key = ?',
    );
    const put = db.query<never, [string, string, Uint8Array]>(
      'INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
    const remove = db.query<never, [string, string]>(
      'DELETE FROM entries WHERE space = ? AND key = ?',
    );
    const guard = <T>(run: () => T): T => guarded(this.#path, run);
    return {
      get: (key) => guard(() => get.get(name, key)?.value),
      put: (key, value) => void guard(() => put.run(name, key, value)),
      delete: (key) => void guard(() => remove.run(name, key)),
      entries: (prefix = '') => this.#entries(name, prefix),
    };
  }

  transaction<T>(run: () => T, durability: Durability = 'host'): T {
    // Nested ones become savepoints: they are undone alone, and with the outer one.
    const transact = this.#database.transaction(run);
    return guarded(this.#path, () =>
      durability === 'host' || this.#database.inTransaction
        ? transact()
        : this.#withoutWaiting(transact),
    );
  }

  /** In WAL mode a commit that is not synced is lost with the host only, and the next that is takes it along. */
  #withoutWaiting<T>(transact: () => T): T {
    this.#database.run('PRAGMA synchronous = NORMAL');
    try {
      return transact();
    } finally {
      this.#database.run('PRAGMA synchronous = FULL');
    }
  }

  close(): void {
    this.#database.close();
  }

  *#entries(space: string, prefix: string): Iterable<readonly [string, Uint8Array]> {
    const page = (comparison: '>=' | '>', from: string): Row[] =>
      guarded(this.#path, () =>
        this.#database
          .query<Row, [string, string]>(
            `SELECT key, value FROM entries WHERE space = ? AND key ${comparison} ?
             ORDER BY key LIMIT ${PAGE_ROWS}`,
          )
          .all(space, from),
      );
    let rows = page('>=', prefix);
    for (;;) {
      for (const { key, value } of rows) {
        if (!key.startsWith(prefix)) return;
        yield [key, value];
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE_ROWS) return;
      rows = page('>', last.key);
    }
  }
}

/** Gives SQLite's refusals their names for a person; whatever else is thrown passes as it is. */
function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof SQLiteError)) throw cause;
    const code = cause.code ?? '';
    if (code.startsWith('SQLITE_BUSY')) {
      throw new PlatformError('STATE_IN_USE', `another process holds ${path}`, { cause });
    }
    if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
      throw new PlatformError('STATE_CORRUPT', `${path} is damaged or no database`, { cause });
    }
    throw new PlatformError('STATE_UNWRITABLE', `${path}: ${cause.message}`, { cause });
  }
}

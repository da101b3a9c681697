import type { Space, Store } from '../../src/ports/index.ts';
import { type DiskImage, inByteOrder, isBefore, type SpaceImage, spaceOf } from './disk-image.ts';

/** How a write goes wrong: nothing of it is there, or all of it is although it was said to have failed. */
export type DiskFailure = 'failed' | 'failed-but-persisted';

/** Commits that {@link SimDisk.lose} can take back. */
export const REMEMBERED_COMMITS = 64;

/** One space: what differs there from the image that the disk began with. */
interface ChangedSpace {
  readonly image: SpaceImage;
  /** By key; undefined where nothing is any more. */
  readonly changes: Map<string, Uint8Array | undefined>;
}

/** What is to stand under one key, and what stood there before; undefined where nothing is. */
interface Entry {
  readonly space: ChangedSpace;
  readonly key: string;
  readonly value: Uint8Array | undefined;
  replaced: Uint8Array | undefined;
}

/**
 * A host's disk behind the `Store` port: what differs from the image that it began with. Arrays are
 * kept and handed out as they are, not copied: nobody writes to one that was stored.
 */
export class SimDisk implements Store {
  readonly #image: DiskImage;
  readonly #spaces = new Map<string, ChangedSpace>();
  /** The last commits, oldest first. */
  readonly #commits: (readonly Entry[])[] = [];
  #transaction: Entry[] | undefined;
  #failures: DiskFailure[] = [];

  constructor(image: DiskImage = new Map()) {
    this.#image = image;
  }

  space(name: string): Space {
    const space = this.#space(name);
    return {
      get: (key) => this.#get(space, key),
      put: (key, value) => this.#write(space, key, value),
      delete: (key) => this.#write(space, key, undefined),
      entries: (prefix = '') => this.#entries(space, prefix),
    };
  }

  transaction<T>(run: () => T): T {
    if (this.#transaction !== undefined) return run();
    this.#transaction = [];
    try {
      const result = run();
      this.#commit(this.#transaction);
      return result;
    } finally {
      this.#transaction = undefined;
    }
  }

  /** Nothing is held that needs to be let go. */
  close(): void {
    this.#transaction = undefined;
  }

  /** The next commits, `times` of them, throw. */
  fail(how: DiskFailure, times = 1): void {
    for (let i = 0; i < times; i++) this.#failures.push(how);
  }

  /** Every write succeeds again. */
  mend(): void {
    this.#failures = [];
  }

  /** Forgets the last commits, as a disk does that lied about having them: {@link REMEMBERED_COMMITS} at most. */
  lose(commits: number): void {
    for (let i = 0; i < commits; i++) {
      const commit = this.#commits.pop();
      if (commit === undefined) return;
      for (const { space, key, replaced } of commit.toReversed()) space.changes.set(key, replaced);
    }
  }

  /** What lies on it now. */
  image(): DiskImage {
    const names = new Set([...this.#image.keys(), ...this.#spaces.keys()]);
    return new Map(
      [...names].map((name) => {
        const values = new Map(this.#entries(this.#space(name), ''));
        return [name, { keys: [...values.keys()], values } satisfies SpaceImage];
      }),
    );
  }

  #space(name: string): ChangedSpace {
    const known = this.#spaces.get(name);
    if (known !== undefined) return known;
    const space = { image: spaceOf(this.#image, name), changes: new Map() };
    this.#spaces.set(name, space);
    return space;
  }

  #get(space: ChangedSpace, key: string): Uint8Array | undefined {
    const written = this.#transaction?.findLast((one) => one.space === space && one.key === key);
    return written === undefined ? committed(space, key) : written.value;
  }

  *#entries(
    space: ChangedSpace,
    prefix: string,
  ): Iterable<readonly [key: string, value: Uint8Array]> {
    const fresh = new Set(space.changes.keys());
    for (const one of this.#transaction ?? []) if (one.space === space) fresh.add(one.key);
    const { keys, values } = space.image;
    const added = inByteOrder([...fresh].filter((key) => !values.has(key)));
    for (const key of merged(keys, added)) {
      const value = key.startsWith(prefix) ? this.#get(space, key) : undefined;
      if (value !== undefined) yield [key, value];
    }
  }

  #write(space: ChangedSpace, key: string, value: Uint8Array | undefined): void {
    const entry = { space, key, value, replaced: undefined };
    if (this.#transaction === undefined) this.#commit([entry]);
    else this.#transaction.push(entry);
  }

  #commit(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const failure = this.#failures.shift();
    if (failure === 'failed') throw new Error('the disk failed; nothing was written');
    for (const entry of entries) {
      const { space, key, value } = entry;
      entry.replaced = committed(space, key);
      space.changes.set(key, value);
    }
    this.#commits.push(entries);
    if (this.#commits.length > REMEMBERED_COMMITS) this.#commits.shift();
    if (failure === 'failed-but-persisted') throw new Error('the disk failed after it wrote');
  }
}

function committed({ image, changes }: ChangedSpace, key: string): Uint8Array | undefined {
  const changed = changes.get(key);
  return changed !== undefined || changes.has(key) ? changed : image.values.get(key);
}

/** Two ordered lists as one. */
function* merged(a: readonly string[], b: readonly string[]): Iterable<string> {
  let at = 0;
  for (const key of a) {
    for (let next = b[at]; next !== undefined && isBefore(next, key); next = b[at]) {
      yield next;
      at++;
    }
    yield key;
  }
  yield* b.slice(at);
}

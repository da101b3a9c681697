import type { Space, Store } from '../../src/ports/index.ts';
import { type DiskImage, inByteOrder, isBefore, type SpaceImage, spaceOf } from './disk-image.ts';

/** How a write goes wrong: nothing of it is there, or all of it is although it was said to have failed. */
export type DiskFailure = 'failed' | 'failed-but-persisted';

/** Commits that {@link SimDisk.lose} can take back. */
export const REMEMBERED_COMMITS = 64;

/** By space and key; undefined where there is nothing. */
type Writes = Map<string, Map<string, Uint8Array | undefined>>;

/** What is to stand under one key, or stood there; undefined where nothing is to. */
interface Entry {
  readonly space: string;
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/**
 * A host's disk behind the `Store` port: what differs from the image that it began with. Arrays are
 * kept and handed out as they are, not copied: nobody writes to one that was stored.
 */
export class SimDisk implements Store {
  readonly #image: DiskImage;
  readonly #changes: Writes = new Map();
  /** What the last commits replaced, oldest first. */
  readonly #replaced: (readonly Entry[])[] = [];
  #transaction: Entry[] | undefined;
  #failures: DiskFailure[] = [];

  constructor(image: DiskImage = new Map()) {
    this.#image = image;
  }

  space(name: string): Space {
    return {
      get: (key) => this.#get(name, key),
      put: (key, value) => this.#write(name, key, value),
      delete: (key) => this.#write(name, key, undefined),
      entries: (prefix = '') => this.#entries(name, prefix),
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
      const replaced = this.#replaced.pop();
      if (replaced === undefined) return;
      for (const { space, key, value } of replaced.toReversed()) {
        spaceIn(this.#changes, space).set(key, value);
      }
    }
  }

  /** What lies on it now. */
  image(): DiskImage {
    const names = new Set([...this.#image.keys(), ...this.#changes.keys()]);
    return new Map(
      [...names].map((name) => {
        const values = new Map(this.#entries(name, ''));
        return [name, { keys: [...values.keys()], values } satisfies SpaceImage];
      }),
    );
  }

  #get(space: string, key: string): Uint8Array | undefined {
    const written = this.#transaction?.findLast((one) => one.space === space && one.key === key);
    return written === undefined ? this.#committed(space, key) : written.value;
  }

  #committed(space: string, key: string): Uint8Array | undefined {
    const changed = this.#changes.get(space);
    if (changed?.has(key)) return changed.get(key);
    return spaceOf(this.#image, space).values.get(key);
  }

  *#entries(space: string, prefix: string): Iterable<readonly [key: string, value: Uint8Array]> {
    const fresh = new Set(this.#changes.get(space)?.keys());
    for (const one of this.#transaction ?? []) if (one.space === space) fresh.add(one.key);
    const { keys, values } = spaceOf(this.#image, space);
    const added = inByteOrder([...fresh].filter((key) => !values.has(key)));
    for (const key of merged(keys, added)) {
      const value = key.startsWith(prefix) ? this.#get(space, key) : undefined;
      if (value !== undefined) yield [key, value];
    }
  }

  #write(space: string, key: string, value: Uint8Array | undefined): void {
    const entry = { space, key, value };
    if (this.#transaction === undefined) this.#commit([entry]);
    else this.#transaction.push(entry);
  }

  #commit(writes: readonly Entry[]): void {
    if (writes.length === 0) return;
    const failure = this.#failures.shift();
    if (failure === 'failed') throw new Error('the disk failed; nothing was written');
    const replaced: Entry[] = [];
    for (const { space, key, value } of writes) {
      replaced.push({ space, key, value: this.#committed(space, key) });
      spaceIn(this.#changes, space).set(key, value);
    }
    this.#replaced.push(replaced);
    if (this.#replaced.length > REMEMBERED_COMMITS) this.#replaced.shift();
    if (failure === 'failed-but-persisted') throw new Error('the disk failed after it wrote');
  }
}

function spaceIn(writes: Writes, space: string): Map<string, Uint8Array | undefined> {
  let found = writes.get(space);
  if (found === undefined) {
    found = new Map();
    writes.set(space, found);
  }
  return found;
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

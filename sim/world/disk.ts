import type { Space, Store } from '../../src/ports/index.ts';
import { type DiskImage, type SpaceImage, spaceOf } from './disk-image.ts';
import { type Journal, SimSpace, type Written } from './disk-space.ts';

/** How a write goes wrong: nothing of it is there, or all of it is although it was said to have failed. */
export type DiskFailure = 'failed' | 'failed-but-persisted';

/** Commits that {@link SimDisk.lose} can take back. */
export const REMEMBERED_COMMITS = 64;

/** What one transaction wrote, in order. */
type Commit = readonly Written[];

/**
 * A host's disk behind the `Store` port: what differs from the image that it began with. Arrays are
 * kept and handed out as they are, not copied: nobody writes to one that was stored.
 */
export class SimDisk implements Store, Journal {
  readonly #image: DiskImage;
  readonly #spaces = new Map<string, SimSpace>();
  /** The last commits, each at its number modulo {@link REMEMBERED_COMMITS}. */
  readonly #commits: (Commit | undefined)[] = [];
  #made = 0;
  #transaction: Written[] | undefined;
  /** How the next commits go wrong, and how many of them. */
  #failure: DiskFailure = 'failed';
  #failing = 0;

  constructor(image: DiskImage = new Map()) {
    this.#image = image;
  }

  space(name: string): Space {
    return this.#space(name);
  }

  transaction<T>(run: () => T): T {
    if (this.#transaction !== undefined) return run();
    const commit: Written[] = [];
    this.#transaction = commit;
    let result: T;
    try {
      result = run();
    } catch (error) {
      takeBack(commit);
      throw error;
    } finally {
      this.#transaction = undefined;
    }
    if (commit.length > 0) this.#commit(commit);
    return result;
  }

  /** For spaces alone: a write outside of a transaction is one. */
  wrote(written: Written): void {
    if (this.#transaction === undefined) this.#commit([written]);
    else this.#transaction.push(written);
  }

  /** Nothing is held that needs to be let go. */
  close(): void {
    this.#transaction = undefined;
  }

  /** The next commits, `times` of them, throw. */
  fail(how: DiskFailure, times = 1): void {
    this.#failure = how;
    this.#failing = times;
  }

  /** Every write succeeds again. */
  mend(): void {
    this.#failing = 0;
  }

  /** Forgets the last commits, as a disk does that lied about having them: {@link REMEMBERED_COMMITS} at most. */
  lose(commits: number): void {
    for (let i = 0; i < commits; i++) {
      const last = (this.#made - 1) % REMEMBERED_COMMITS;
      const commit = this.#commits[last];
      if (commit === undefined) return;
      takeBack(commit);
      this.#commits[last] = undefined;
      this.#made--;
    }
  }

  /** What lies on it now. */
  image(): DiskImage {
    const names = new Set([...this.#image.keys(), ...this.#spaces.keys()]);
    return new Map(
      [...names].map((name) => {
        const values = new Map(this.#space(name).entries());
        return [name, { keys: [...values.keys()], values } satisfies SpaceImage];
      }),
    );
  }

  #space(name: string): SimSpace {
    let space = this.#spaces.get(name);
    if (space === undefined) {
      space = new SimSpace(spaceOf(this.#image, name), this);
      this.#spaces.set(name, space);
    }
    return space;
  }

  #commit(commit: Commit): void {
    const failure = this.#failing > 0 ? this.#failure : undefined;
    if (failure !== undefined) this.#failing--;
    if (failure === 'failed') {
      takeBack(commit);
      throw new Error('the disk failed; nothing was written');
    }
    this.#commits[this.#made++ % REMEMBERED_COMMITS] = commit;
    if (failure === 'failed-but-persisted') throw new Error('the disk failed after it wrote');
  }
}

function takeBack(commit: Commit): void {
  for (const written of commit.toReversed()) written.space.takeBack(written);
}

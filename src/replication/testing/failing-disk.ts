import { openStore } from '../../platform/sqlite-store.ts';
import type { Durability, Space, Store } from '../../ports/index.ts';

/** How a write ends that throws: without a trace, or done all the same. */
export type Failure = 'failed' | 'failed but persisted';

export const DISK_FULL = 'the disk is full';
const SPACES = ['records', 'evidence', 'replication'];

/**
 * A disk that fails once, at a chosen one of the steps that it is asked for: each write, and the end of each
 * transaction, is one.
 */
export class FailingDisk implements Store {
  readonly #real = openStore(':memory:');
  /** All that anybody tried to write, whether it is there now or not. */
  readonly attempts: Uint8Array[] = [];
  /** What each transaction was to survive. */
  readonly survived: Durability[] = [];
  steps = 0;
  #failAt = Number.POSITIVE_INFINITY;
  #failure: Failure = 'failed';
  #isInTransaction = false;

  failAt(step: number, failure: Failure): void {
    this.#failAt = step;
    this.#failure = failure;
  }

  space(name: string): Space {
    const real = this.#real.space(name);
    return {
      get: (key) => real.get(key),
      entries: (prefix) => real.entries(prefix),
      put: (key, value) => {
        this.attempts.push(value);
        this.#write(() => real.put(key, value));
      },
      delete: (key) => this.#write(() => real.delete(key)),
    };
  }

  transaction<T>(run: () => T, durability: Durability = 'host'): T {
    this.survived.push(durability);
    let isDue = false;
    const result = this.#real.transaction(() => {
      this.#isInTransaction = true;
      try {
        const done = run();
        isDue = this.#isDue();
        if (isDue && this.#failure === 'failed') throw new Error(DISK_FULL);
        return done;
      } finally {
        this.#isInTransaction = false;
      }
    });
    if (isDue) throw new Error(DISK_FULL);
    return result;
  }

  close(): void {
    this.#real.close();
  }

  /** What a host would find on it that started now. */
  copy(): Store {
    const copy = openStore(':memory:');
    for (const name of SPACES) {
      for (const [key, value] of this.#real.space(name).entries()) copy.space(name).put(key, value);
    }
    return copy;
  }

  #write(write: () => void): void {
    const isDue = this.#isDue();
    // Within a transaction there is no third way: what throws there undoes all of it.
    if (!isDue || (this.#failure === 'failed but persisted' && !this.#isInTransaction)) write();
    if (isDue) throw new Error(DISK_FULL);
  }

  #isDue(): boolean {
    return ++this.steps === this.#failAt;
  }
}

import { CHANGE_KINDS, type ChangeKind } from './views.ts';

interface Watcher {
  /** What it was not told yet. A set of kinds, so it is bounded however slow the watcher is. */
  readonly pending: Set<ChangeKind>;
  wake: () => void;
}

/**
 * Tells any number of watchers that something changed. A watcher that is slow is told each kind
 * once, however often it changed meanwhile.
 */
export class ChangeFeed {
  readonly #watchers = new Set<Watcher>();

  /** How many watch now. */
  get size(): number {
    return this.#watchers.size;
  }

  notify(kind: ChangeKind): void {
    for (const watcher of this.#watchers) {
      watcher.pending.add(kind);
      watcher.wake();
    }
  }

  /**
   * First every kind once, so that a watcher that looks when it is told misses nothing; then the
   * kinds of changes from the moment of this call on. Ends when `signal` aborts.
   */
  watch(signal: AbortSignal): AsyncIterable<ChangeKind> {
    const watcher: Watcher = { pending: new Set(CHANGE_KINDS), wake: () => undefined };
    this.#watchers.add(watcher);
    const leave = () => {
      this.#watchers.delete(watcher);
      watcher.wake();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return this.#drain(watcher, leave);
  }

  async *#drain(watcher: Watcher, leave: () => void): AsyncGenerator<ChangeKind> {
    try {
      while (this.#watchers.has(watcher)) {
        const woken = new Promise<void>((resolve) => {
          watcher.wake = resolve;
        });
        if (watcher.pending.size === 0) await woken;
        const kinds = [...watcher.pending];
        watcher.pending.clear();
        for (const kind of kinds) yield kind;
      }
    } finally {
      leave();
    }
  }
}

import { PlatformError } from '../platform/index.ts';
import type { Clock, Durability, Gauge, Log, Meter, Space, Store, Timer } from '../ports/index.ts';

/** How often it is tried whether there is room again, milliseconds. */
const PROBE_MS = 5_000;
/** What is written to find out, bytes: more than what is left over in pages that have been written before. */
const PROBE_BYTES = 65_536;
const PROBE = 'probe';

export interface WatchedStateParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * A node's store, and whether it can be written. On a full disk a node goes on with what it has and takes up no change:
 * whoever asks how it is has to hear of that, and the log once, whoever wrote and whatever became of the error.
 */
export class WatchedState implements Store {
  readonly #parts: WatchedStateParts;
  readonly #writable: Gauge<never>;
  #problem: string | undefined;
  #probe: Timer | undefined;

  constructor(parts: WatchedStateParts) {
    this.#parts = parts;
    this.#writable = parts.meter.gauge({
      name: 'selvage_state_writable',
      help: 'Whether what this node learns can be kept on its disk: 1, or 0 since a write failed',
      labels: [],
    });
    this.#writable.set({}, 1);
  }

  /** Why nothing can be kept, in words; empty while it can. */
  warnings(): string[] {
    const problem = this.#problem;
    if (problem === undefined) return [];
    return [`nothing can be kept on disk, so no change is taken up: ${problem}`];
  }

  space(name: string): Space {
    const space = this.#parts.store.space(name);
    return {
      get: (key) => space.get(key),
      put: (key, value) => this.#watch(() => space.put(key, value)),
      delete: (key) => this.#watch(() => space.delete(key)),
      entries: (prefix) => space.entries(prefix),
    };
  }

  transaction<T>(run: () => T, durability?: Durability): T {
    return this.#watch(() => this.#parts.store.transaction(run, durability));
  }

  close(): void {
    this.#probe?.cancel();
    this.#parts.store.close();
  }

  #watch<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (error instanceof PlatformError) this.#failed(error);
      throw error;
    }
  }

  #failed(error: PlatformError): void {
    this.#problem = error.message;
    if (this.#probe !== undefined) return;
    const { clock, log } = this.#parts;
    this.#writable.set({}, 0);
    log.error('state cannot be written', { error, remedy: error.remedy });
    this.#probe = clock.every(PROBE_MS, () => this.#tryAgain());
  }

  #tryAgain(): void {
    const { store, log } = this.#parts;
    const space = store.space(PROBE);
    try {
      space.put(PROBE, new Uint8Array(PROBE_BYTES));
      space.delete(PROBE);
    } catch (error) {
      if (error instanceof PlatformError) return; // known, and said
      throw error;
    }
    this.#probe?.cancel();
    this.#probe = undefined;
    this.#problem = undefined;
    this.#writable.set({}, 1);
    log.info('state can be written again', {});
  }
}

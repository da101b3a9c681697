import { expect, test } from 'bun:test';
import { openStore, PlatformError } from '../platform/index.ts';
import type { Store } from '../ports/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { storeContract } from '../ports/testing/store.contract.ts';
import { WatchedState } from './watched-state.ts';

const watched = (store: Store) => {
  const clock = new FakeClock();
  const log = recordingLog();
  const meter = recordingMeter();
  return { state: new WatchedState({ store, clock, log, meter }), clock, log, meter };
};

storeContract('a watched store', () => watched(openStore(':memory:')).state);

/** A store on a disk that is full for as long as `isFull`. */
class FullDisk implements Store {
  readonly #store = openStore(':memory:');
  isFull = true;

  space(name: string) {
    const space = this.#store.space(name);
    return {
      get: space.get,
      entries: space.entries,
      put: (key: string, value: Uint8Array) => this.#write(() => space.put(key, value)),
      delete: (key: string) => this.#write(() => space.delete(key)),
    };
  }

  transaction<T>(run: () => T): T {
    return this.#write(() => this.#store.transaction(run));
  }

  close(): void {
    this.#store.close();
  }

  #write<T>(run: () => T): T {
    if (this.isFull) throw new PlatformError('STATE_UNWRITABLE', 'state.db: disk is full');
    return run();
  }
}

test('a full disk is said once in the log, and is a problem until there is room again', () => {
  const disk = new FullDisk();
  const { state, clock, log, meter } = watched(disk);
  const space = state.space('a');
  expect([state.warnings(), meter.value('selvage_state_writable')]).toEqual([[], 1]);
  for (let n = 0; n < 3; n++) expect(() => space.put('k', new Uint8Array(1))).toThrow('full');
  expect(() => state.transaction(() => 1)).toThrow('full');
  clock.advance(60_000);
  expect(state.warnings()).toEqual([expect.stringContaining('state.db: disk is full')]);
  expect(meter.value('selvage_state_writable')).toBe(0);
  expect(log.lines.map(({ message }) => message)).toEqual(['state cannot be written']);
  disk.isFull = false;
  clock.advance(5_000);
  expect([state.warnings(), meter.value('selvage_state_writable')]).toEqual([[], 1]);
  expect(log.lines.map(({ message }) => message).at(-1)).toBe('state can be written again');
  state.close();
});

test('an error of what is done in a transaction is no fault of the disk', () => {
  const { state } = watched(openStore(':memory:'));
  const run = () => {
    throw new Error('changed my mind');
  };
  expect(() => state.transaction(run)).toThrow('changed my mind');
  expect(state.warnings()).toEqual([]);
  state.close();
});

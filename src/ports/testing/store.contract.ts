import { afterEach, expect, test } from 'bun:test';
import type { Store } from '../store.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What every {@link Store} must do; an implementation brings only a way to open an empty one. */
export function storeContract(name: string, open: () => Store): void {
  let opened: Store | undefined;
  const fresh = (): Store => {
    opened = open();
    return opened;
  };
  afterEach(() => {
    opened?.close();
    opened = undefined;
  });
  const that = (sentence: string, run: (store: Store) => void): void =>
    test(`${name}: ${sentence}`, () => run(fresh()));

  that('what was put is got back byte for byte, what was deleted or never put is not', (store) => {
    const space = store.space('a');
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    space.put('k', value);
    expect(space.get('k')).toEqual(value);
    space.put('k', bytes('second'));
    expect(space.get('k')).toEqual(bytes('second'));
    space.put('empty', new Uint8Array());
    expect(space.get('empty')).toEqual(new Uint8Array());
    space.delete('k');
    space.delete('never');
    expect(space.get('k')).toBeUndefined();
  });

  that('spaces do not see each other', (store) => {
    store.space('a').put('k', bytes('of a'));
    store.space('b').put('k', bytes('of b'));
    store.space('a').delete('k');
    expect(store.space('b').get('k')).toEqual(bytes('of b'));
    expect([...store.space('a').entries()]).toEqual([]);
  });

  that('entries come in byte order, with a prefix only those that begin with it', (store) => {
    const space = store.space('a');
    for (const key of ['b/2', 'é/1', 'b', 'a%', 'a_', 'a/1', 'Z', 'b/10', '😀']) {
      space.put(key, bytes(key));
    }
    const keys = (prefix?: string): string[] => [...space.entries(prefix)].map(([key]) => key);
    expect(keys()).toEqual(['Z', 'a%', 'a/1', 'a_', 'b', 'b/10', 'b/2', 'é/1', '😀']);
    expect(keys('b/')).toEqual(['b/10', 'b/2']);
    expect(keys('a_')).toEqual(['a_']);
    expect(keys('é')).toEqual(['é/1']);
    expect(keys('c')).toEqual([]);
  });

  that('many entries can be deleted while they are walked', (store) => {
    const space = store.space('a');
    store.transaction(() => {
      for (let i = 0; i < 1_000; i++) space.put(String(i).padStart(4, '0'), bytes('x'));
    });
    let seen = 0;
    for (const [key] of space.entries()) {
      space.delete(key);
      seen++;
    }
    expect(seen).toBe(1_000);
    expect([...space.entries()]).toEqual([]);
  });

  that('a transaction that throws leaves nothing behind, one that returns leaves all', (store) => {
    const space = store.space('a');
    const failing = (): void =>
      store.transaction(() => {
        space.put('k', bytes('lost'));
        throw new Error('on purpose');
      });
    expect(failing).toThrow('on purpose');
    expect(space.get('k')).toBeUndefined();
    const passing = (): number =>
      store.transaction(() => {
        space.put('k', bytes('kept'));
        return 7;
      });
    expect(passing()).toBe(7);
    expect(space.get('k')).toEqual(bytes('kept'));
  });

  that(
    'a transaction that does not wait for the disk is all or nothing too, and seen at once',
    (store) => {
      const space = store.space('a');
      const failing = (): void =>
        store.transaction(() => {
          space.put('k', bytes('lost'));
          throw new Error('on purpose');
        }, 'process');
      expect(failing).toThrow('on purpose');
      expect(space.get('k')).toBeUndefined();
      store.transaction(() => space.put('k', bytes('kept')), 'process');
      expect(space.get('k')).toEqual(bytes('kept'));
      store.transaction(() => {
        store.transaction(() => space.put('inner', bytes('kept')), 'process');
      });
      expect(space.get('inner')).toEqual(bytes('kept'));
    },
  );

  that('a nested transaction shares the fate of the outer one', (store) => {
    const space = store.space('a');
    const failing = (): void =>
      store.transaction(() => {
        store.transaction(() => space.put('inner', bytes('lost')));
        throw new Error('on purpose');
      });
    expect(failing).toThrow('on purpose');
    expect(space.get('inner')).toBeUndefined();
  });
}

import type { Space } from '../../src/ports/index.ts';
import { inByteOrder, isBefore, type SpaceImage } from './disk-image.ts';

/** What one write replaced; undefined where nothing stood. */
export interface Written {
  readonly space: SimSpace;
  readonly key: string;
  readonly replaced: Uint8Array | undefined;
}

/** Told of each write. */
export interface Journal {
  wrote(written: Written): void;
}

/** One space of a simulated disk: what differs there from the image that the disk began with. */
export class SimSpace implements Space {
  readonly #image: SpaceImage;
  readonly #journal: Journal;
  /** By key; null where nothing is any more. */
  readonly #changes = new Map<string, Uint8Array | null>();

  constructor(image: SpaceImage, journal: Journal) {
    this.#image = image;
    this.#journal = journal;
  }

  get(key: string): Uint8Array | undefined {
    const changed = this.#changes.get(key);
    return changed === undefined ? this.#image.values.get(key) : (changed ?? undefined);
  }

  put(key: string, value: Uint8Array): void {
    this.#write(key, value);
  }

  delete(key: string): void {
    this.#write(key, null);
  }

  *entries(prefix = ''): Iterable<readonly [key: string, value: Uint8Array]> {
    const { keys, values } = this.#image;
    const added = inByteOrder([...this.#changes.keys()].filter((key) => !values.has(key)));
    for (const key of merged(keys, added)) {
      const value = key.startsWith(prefix) ? this.get(key) : undefined;
      if (value !== undefined) yield [key, value];
    }
  }

  /** As if it had not been written. */
  takeBack({ key, replaced }: Written): void {
    this.#changes.set(key, replaced ?? null);
  }

  #write(key: string, value: Uint8Array | null): void {
    const replaced = this.get(key);
    this.#changes.set(key, value);
    this.#journal.wrote({ space: this, key, replaced });
  }
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

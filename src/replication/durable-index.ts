import type { Space, Store } from '../ports/index.ts';
import { Draft } from './draft.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { RecordId } from './record.ts';
import type { ChangeOrigin } from './record-change.ts';
import type { RecordIndex } from './record-index.ts';
import type { StoredRecords } from './stored-records.ts';

/**
 * The index in force, in memory as on disk. What comes into force is on disk first; what goes out of force is
 * out at once, and is deleted when the disk lets it: should the node die before that, it finds when it starts
 * again that those records no longer stand.
 */
export class DurableIndex {
  readonly #store: Store;
  readonly #disk: Space;
  #current: RecordIndex;
  /** Out of force and still on disk. */
  readonly #leftovers: Set<RecordId>;

  constructor(store: Store, load: (disk: Space) => StoredRecords) {
    this.#store = store;
    this.#disk = store.space('records');
    const { index, fallen } = load(this.#disk);
    this.#current = index;
    this.#leftovers = new Set(fallen);
  }

  get current(): RecordIndex {
    return this.#current;
  }

  /** A record as it travels, or undefined when it is not in force. */
  bytesOf(id: RecordId): Uint8Array | undefined {
    return this.#current.get(id) === undefined ? undefined : this.#disk.get(id);
  }

  /** Is something to be deleted? */
  get isUnclean(): boolean {
    return this.#leftovers.size > 0;
  }

  draft(origin: ChangeOrigin): Draft {
    return new Draft(this.#current, origin);
  }

  /**
   * Brings a draft of the current index into force, all of it or nothing.
   * @returns the error of a disk that did not say whether it took the draft: `current` is what it then holds
   */
  commit(draft: Draft): { readonly error: unknown } | undefined {
    if (draft.changes.length === 0) return undefined;
    try {
      this.#write(draft);
    } catch (error) {
      if (this.#holds(draft)) this.#adopt(draft);
      return { error };
    }
    this.#adopt(draft);
    return undefined;
  }

  /** Puts records out of force. */
  drop(records: readonly IndexedRecord[]): void {
    for (const record of records) {
      this.#current = this.#current.without(record);
      this.#leftovers.add(record.id);
    }
  }

  /** Deletes from disk what is out of force; throws when the disk cannot, and what is left is deleted later. */
  clean(): void {
    if (!this.isUnclean) return;
    this.#store.transaction(() => {
      for (const id of this.#leftovers) this.#disk.delete(id);
    }, 'process');
    this.#leftovers.clear();
  }

  #adopt(draft: Draft): void {
    this.#current = draft.index;
    if (!this.isUnclean) return;
    for (const { record } of draft.changes) this.#leftovers.delete(record.id);
  }

  #write({ changes, origin }: Draft): void {
    // What others said they say again; what this node said nobody else can.
    const durability = origin === 'others' ? 'process' : 'host';
    this.#store.transaction(() => {
      for (const { record, bytes } of changes) {
        if (bytes === undefined) this.#disk.delete(record.id);
        else this.#disk.put(record.id, bytes);
      }
    }, durability);
  }

  /** Did a transaction that threw happen all the same? One that cannot be read did not, for now. */
  #holds(draft: Draft): boolean {
    try {
      return draft.changes.every(({ record: { id } }) =>
        isSame(this.#disk.get(id), draft.bytesOf(id)),
      );
    } catch {
      return false; // the error of the transaction is the one that is told
    }
  }
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;

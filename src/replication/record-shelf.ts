import type { Result } from '../core/index.ts';
import type { Log, Space, Store } from '../ports/index.ts';
import type { RecordLimits } from './limits.ts';
import type { RecordId } from './record.ts';
import { type IndexedRecord, RecordIndex } from './record-index.ts';
import { type RecordClaim, type Refusal, readClaim } from './record-verification.ts';

export interface ShelfOptions {
  readonly store: Store;
  readonly limits: RecordLimits;
  readonly log: Log;
  readonly verify: (claim: RecordClaim) => Result<undefined, Refusal>;
}

/** The records in force, in memory as on disk: whatever fails, the two stay the same. */
export class RecordShelf {
  readonly #options: ShelfOptions;
  readonly #disk: Space;
  #index: RecordIndex;

  /** Reads what is on disk, verifies it again, and forgets what no longer stands. */
  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#disk = options.store.space('records');
    this.#index = options.store.transaction(() => this.#load());
  }

  get index(): RecordIndex {
    return this.#index;
  }

  /** A record as it travels, or undefined when it is not in force. */
  bytesOf(id: RecordId): Uint8Array | undefined {
    return this.#index.get(id) === undefined ? undefined : this.#disk.get(id);
  }

  /** All of `run`'s changes or none. */
  durably<T>(run: () => T): T {
    try {
      return this.#options.store.transaction(run);
    } catch (error) {
      this.#index = this.#load();
      throw error;
    }
  }

  /** Takes a claim of standing `new` into force; only within {@link durably}. */
  add(claim: RecordClaim): void {
    this.#disk.put(claim.id, claim.bytes);
    for (const outdated of this.#index.add(indexed(claim))) this.#disk.delete(outdated);
  }

  /** Puts out of force all that `isOver`, and returns them. */
  drop(isOver: (record: IndexedRecord) => boolean): readonly IndexedRecord[] {
    const over = [...this.#index.values()].filter(isOver);
    if (over.length === 0) return over;
    this.durably(() => {
      for (const { id } of over) {
        this.#disk.delete(id);
        this.#index.remove(id);
      }
    });
    return over;
  }

  /** Does a record on the shelf still verify? */
  stillStands({ id }: IndexedRecord): boolean {
    const bytes = this.#disk.get(id);
    return bytes !== undefined && this.#verified(bytes) !== undefined;
  }

  #load(): RecordIndex {
    const index = new RecordIndex(this.#options.limits);
    for (const [id, bytes] of this.#disk.entries()) {
      const record = this.#verified(bytes);
      if (record !== undefined && index.standing(record) === 'new') {
        index.add(record);
      } else {
        this.#options.log.info('stored record no longer stands', { record: id });
        this.#disk.delete(id);
      }
    }
    return index;
  }

  #verified(bytes: Uint8Array): IndexedRecord | undefined {
    const claim = readClaim(bytes);
    return claim.ok && this.#options.verify(claim.value).ok ? indexed(claim.value) : undefined;
  }
}

/** A copy of the key: a view into the envelope would keep all its bytes in memory. */
export const indexed = ({ envelope, content, bytes, ...head }: RecordClaim): IndexedRecord => ({
  ...head,
  content: { ...content, publicKey: envelope.publicKey.slice() },
  size: bytes.length,
});

import type { IndexedRecord } from './indexed-record.ts';
import type { Placement } from './placement.ts';
import type { RecordId } from './record.ts';
import type { RecordIndex } from './record-index.ts';
import type { RecordClaim } from './record-verification.ts';

/** One record came into force, or went out of it. */
export interface Move {
  readonly record: IndexedRecord;
  readonly holds: boolean;
}

/** What is to come into force at once: the index as it would be, and what that means on disk. */
export class Draft {
  #index: RecordIndex;
  readonly #moves: Move[] = [];
  readonly #writes = new Map<RecordId, Uint8Array | undefined>();

  constructor(index: RecordIndex) {
    this.#index = index;
  }

  get index(): RecordIndex {
    return this.#index;
  }

  /** In the order in which they happen. */
  get moves(): readonly Move[] {
    return this.#moves;
  }

  /** The bytes to keep under each id, or undefined where nothing is to be kept. */
  get writes(): ReadonlyMap<RecordId, Uint8Array | undefined> {
    return this.#writes;
  }

  /** Takes a claim for which there is a place in this draft's index. */
  take(
    { record, bytes }: RecordClaim,
    { index, gone }: Extract<Placement, { standing: 'new' }>,
  ): void {
    for (const other of gone) {
      this.#moves.push({ record: other, holds: false });
      this.#writes.set(other.id, undefined);
    }
    this.#moves.push({ record, holds: true });
    this.#writes.set(record.id, bytes);
    this.#index = index;
  }
}

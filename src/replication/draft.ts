import type { Placement } from './placement.ts';
import type { RecordId } from './record.ts';
import type { ChangeOrigin, RecordChange } from './record-change.ts';
import type { RecordIndex } from './record-index.ts';
import type { RecordClaim } from './record-verification.ts';

/** What is to come into force at once: the index as it would be, and what changes by it. */
export class Draft {
  readonly origin: ChangeOrigin;
  #index: RecordIndex;
  readonly #changes: RecordChange[] = [];

  constructor(index: RecordIndex, origin: ChangeOrigin) {
    this.#index = index;
    this.origin = origin;
  }

  get index(): RecordIndex {
    return this.#index;
  }

  /** In the order in which they happen. */
  get changes(): readonly RecordChange[] {
    return this.#changes;
  }

  /** What this draft puts under an id; undefined where it puts nothing. */
  bytesOf(id: RecordId): Uint8Array | undefined {
    return this.#changes.findLast(({ record }) => record.id === id)?.bytes;
  }

  /** Takes a claim for which there is a place in this draft's index. */
  take(
    { record, bytes }: RecordClaim,
    { index, gone }: Extract<Placement, { standing: 'new' }>,
  ): void {
    const { origin } = this;
    for (const other of gone) this.#changes.push({ record: other, bytes: undefined, origin });
    this.#changes.push({ record, bytes, origin });
    this.#index = index;
  }
}

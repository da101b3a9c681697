import type { NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { RecordContent, RecordId } from './record.ts';
import type { RecordIndex } from './record-index.ts';

interface Said {
  readonly record: IndexedRecord;
  /** Said since this process started; else it was found on disk or at a peer. */
  readonly fresh: boolean;
}

/**
 * What this node means to say of itself, apart from what is in force: so that a record that ran
 * half its life, was dropped, or was overtaken by one that our disk forgot, is said again.
 */
export class OwnRecords {
  readonly #node: NodeName;
  readonly #said = new Map<RecordId, Said>();

  constructor(node: NodeName) {
    this.#node = node;
  }

  say(record: IndexedRecord): void {
    this.#keep({ record, fresh: true });
  }

  /** A record of ours from an earlier life. It stands unless this life has said otherwise. */
  adopt(record: IndexedRecord): void {
    if (this.#said.get(record.id)?.fresh !== true) this.#keep({ record, fresh: false });
  }

  /** What must be written again now; `expiry` is when it would end then. */
  due(index: RecordIndex, now: EpochMs, expiry: EpochMs): readonly RecordContent[] {
    const inForce = index.shelf(this.#node)?.records;
    const due: RecordContent[] = [];
    for (const { record } of this.#said.values()) {
      const { issuedAt, expiresAt } = record.content;
      const isOld = now >= (issuedAt + expiresAt) / 2 && expiry > expiresAt;
      const isHeld = inForce?.get(record.place)?.hash === record.hash;
      if (isOld || !isHeld) due.push(record.content);
    }
    return due;
  }

  #keep(said: Said): void {
    const { id, content } = said.record;
    if (content.tombstone) this.#said.delete(id);
    else this.#said.set(id, said);
  }
}

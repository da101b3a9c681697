import type { EpochMs } from '../ports/index.ts';
import type { RecordId } from './record.ts';
import type { IndexedRecord, RecordIndex } from './record-index.ts';

interface Said {
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
  /** Of the record that says it. */
  readonly hash: string;
  /** Said since this process started; else it was found on disk or at a peer. */
  readonly fresh: boolean;
}

/**
 * What this node means to say of itself, apart from what is in force: so that a record that ran
 * half its life, was dropped, or was overtaken by one that our disk forgot, is said again.
 */
export class OwnRecords {
  readonly #said = new Map<RecordId, Said>();

  say(record: IndexedRecord): void {
    this.#keep(record, true);
  }

  /** A record of ours from an earlier life. It stands unless this life has said otherwise. */
  adopt(record: IndexedRecord): void {
    if (this.#said.get(record.id)?.fresh !== true) this.#keep(record, false);
  }

  /** What must be written again now; `expiry` is when it would end then. */
  due(
    index: RecordIndex,
    now: EpochMs,
    expiry: EpochMs,
  ): readonly Pick<Said, 'kind' | 'key' | 'value'>[] {
    return [...this.#said].flatMap(([id, said]) => {
      const held = index.get(id);
      if (held?.hash !== said.hash) return [said];
      const { issuedAt, expiresAt } = held.content;
      return now >= (issuedAt + expiresAt) / 2 && expiry > expiresAt ? [said] : [];
    });
  }

  #keep({ id, content, hash }: IndexedRecord, fresh: boolean): void {
    const { kind, key, value, tombstone } = content;
    if (tombstone) this.#said.delete(id);
    else this.#said.set(id, { kind, key, value, hash, fresh });
  }
}

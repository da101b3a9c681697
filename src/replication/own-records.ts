import type { NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { RecordContent, RecordId } from './record.ts';
import type { RecordIndex } from './record-index.ts';
import { type Place, placeOf } from './subtree.ts';
import type { WriterShelf } from './writer-shelf.ts';

interface Said {
  readonly record: IndexedRecord;
  /** Said since this process started; else it was found on disk or at a peer. */
  readonly fresh: boolean;
  /** How often all was outdated before it was said. */
  readonly round: number;
}

/** At once, whatever the time is. */
const NOW = Number.NEGATIVE_INFINITY;

/**
 * What this node means to say of itself, apart from what is in force: so that a record that ran
 * half its life, was dropped, or was overtaken by one that our disk forgot, is said again.
 */
export class OwnRecords {
  readonly #place: Place;
  readonly #said = new Map<RecordId, Said>();
  #dueAt = NOW;
  #round = 0;

  constructor(node: NodeName) {
    this.#place = placeOf(node);
  }

  /** What is in force of this node's name. */
  shelf(index: RecordIndex): WriterShelf | undefined {
    return index.writers.get(this.#place);
  }

  say(record: IndexedRecord): void {
    this.#keep(record, true);
  }

  /** A record of ours from an earlier life. It stands unless this life has said otherwise. */
  adopt(record: IndexedRecord): void {
    if (this.#said.get(record.id)?.fresh !== true) this.#keep(record, false);
  }

  /** All must be written again: it rests on what soon counts no longer. */
  outdate(): void {
    this.#round += 1;
    this.#dueAt = NOW;
  }

  /** Something else is in force of this node's name. */
  moved(): void {
    this.#dueAt = NOW;
  }

  /** Before that {@link due} has nothing to say, unless something changes. */
  get dueAt(): EpochMs {
    return this.#dueAt;
  }

  /** What must be written again now; `expiry` is when it would end then. */
  due(shelf: WriterShelf | undefined, now: EpochMs, expiry: EpochMs): readonly RecordContent[] {
    let until = Number.POSITIVE_INFINITY;
    const due: RecordContent[] = [];
    for (const { record, round } of this.#said.values()) {
      const { tombstone, issuedAt, expiresAt } = record.content;
      if (tombstone && now >= record.expiresAt) {
        this.#said.delete(record.id);
        continue;
      }
      const age = tombstone ? record.expiresAt : (issuedAt + expiresAt) / 2;
      const isOld = now >= age && expiry > expiresAt;
      const isHeld = shelf?.records.get(record.place)?.hash === record.hash;
      if (isOld || !isHeld || round < this.#round) due.push(record.content);
      until = Math.min(until, age);
    }
    this.#dueAt = due.length === 0 ? until : NOW;
    return due;
  }

  #keep(record: IndexedRecord, fresh: boolean): void {
    if (record.content.tombstone && !fresh) this.#said.delete(record.id);
    else this.#said.set(record.id, { record, fresh, round: this.#round });
    this.#dueAt = NOW;
  }
}

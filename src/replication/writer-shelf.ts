import type { NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { IndexedRecord } from './indexed-record.ts';
import { RecordTree } from './record-tree.ts';
import { type Place, placeOf, type TreeItem } from './subtree.ts';

/** All that one writer says, under one epoch of its key; never changed, never empty. */
export class WriterShelf implements TreeItem {
  readonly writer: NodeName;
  readonly place: Place;
  readonly epoch: number;
  readonly records: RecordTree<IndexedRecord>;

  private constructor(
    writer: NodeName,
    place: Place,
    epoch: number,
    records: RecordTree<IndexedRecord>,
  ) {
    this.writer = writer;
    this.place = place;
    this.epoch = epoch;
    this.records = records;
  }

  /** The shelf of a writer of whom there is one record. */
  static with(record: IndexedRecord): WriterShelf {
    const { writer, sequence } = record.content;
    return new WriterShelf(writer, placeOf(writer), sequence.epoch, RecordTree.of([record]));
  }

  get count(): number {
    return this.records.count;
  }

  get bytes(): number {
    return this.records.bytes;
  }

  get expiresAt(): EpochMs {
    return this.records.expiresAt;
  }

  get line(): string {
    return `${this.writer} ${this.epoch} ${this.records.digest}`;
  }

  /** With a record of this epoch, or afresh with one of another. */
  with(record: IndexedRecord): WriterShelf {
    const { epoch } = record.sequence;
    return epoch === this.epoch
      ? this.#holding(this.records.with(record))
      : new WriterShelf(this.writer, this.place, epoch, RecordTree.of([record]));
  }

  /** Undefined when nothing is left on it. */
  without(place: Place): WriterShelf | undefined {
    const records = this.records.without(place);
    return records.size === 0 ? undefined : this.#holding(records);
  }

  #holding(records: RecordTree<IndexedRecord>): WriterShelf {
    return records === this.records
      ? this
      : new WriterShelf(this.writer, this.place, this.epoch, records);
  }
}

import type { NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { IndexedRecord } from './indexed-record.ts';
import { type RecordHead, type RecordId, supersedes, writerOf } from './record.ts';
import { RecordTree } from './record-tree.ts';
import { placeOf } from './subtree.ts';
import { WriterShelf } from './writer-shelf.ts';

/**
 * The records in force as one immutable value: a tree of writers, each with a tree of its records. Whoever has
 * one has a snapshot that nothing changes; equal ones have equal digests.
 */
export class RecordIndex {
  static readonly empty = new RecordIndex(RecordTree.of());
  readonly writers: RecordTree<WriterShelf>;

  private constructor(writers: RecordTree<WriterShelf>) {
    this.writers = writers;
  }

  /** SHA-256 in hex over all records, tombstones included: equal digest, equal records. */
  get digest(): string {
    return this.writers.digest;
  }

  /** How many records, tombstones included, and how many bytes they have as they travel. */
  get count(): number {
    return this.writers.count;
  }

  get bytes(): number {
    return this.writers.bytes;
  }

  /** When the first record ends. */
  get expiresAt(): EpochMs {
    return this.writers.expiresAt;
  }

  shelf(writer: NodeName): WriterShelf | undefined {
    return this.writers.get(placeOf(writer));
  }

  /** The highest epoch that a writer was seen with, while any of its records is in force. */
  epochOf(writer: NodeName): number | undefined {
    return this.shelf(writer)?.epoch;
  }

  get(id: RecordId): IndexedRecord | undefined {
    return this.shelf(writerOf(id))?.records.get(placeOf(id));
  }

  /** Is there nothing to learn from this head? */
  knows(head: RecordHead): boolean {
    const held = this.get(head.id);
    return held !== undefined && !supersedes(head, held);
  }

  records(): readonly IndexedRecord[] {
    const all: IndexedRecord[] = [];
    for (const { records } of this.writers.items()) records.gather(all);
    return all;
  }

  /** What ends at `now` or before. */
  due(now: EpochMs): readonly IndexedRecord[] {
    return this.writers.due(now).flatMap(({ records }) => records.due(now));
  }

  /** With a record; one of a newer epoch puts all that its writer said before out of force. */
  with(record: IndexedRecord): RecordIndex {
    const shelf = this.shelf(record.content.writer);
    return this.withShelf(shelf?.with(record) ?? WriterShelf.with(record));
  }

  /** With all that one writer says, in place of what it said. */
  withShelf(shelf: WriterShelf): RecordIndex {
    return this.#holding(this.writers.with(shelf));
  }

  /** Without what stands under this record's name. */
  without({ content, place }: IndexedRecord): RecordIndex {
    const shelf = this.shelf(content.writer);
    if (shelf === undefined) return this;
    const rest = shelf.without(place);
    return rest === undefined
      ? this.#holding(this.writers.without(shelf.place))
      : this.withShelf(rest);
  }

  #holding(writers: RecordTree<WriterShelf>): RecordIndex {
    return writers === this.writers ? this : new RecordIndex(writers);
  }
}

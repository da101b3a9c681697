import type { NodeName } from '../core/index.ts';
import { sha256Hex } from '../crypto/index.ts';
import type { RecordLimits } from './limits.ts';
import { type RecordHead, type RecordId, type SignedContent, supersedes } from './record.ts';

export interface IndexedRecord extends RecordHead {
  readonly content: SignedContent;
  readonly size: number;
}

interface WriterUse {
  epoch: number;
  readonly ids: Set<RecordId>;
  bytes: number;
}

/** What becomes of a verified record: it is new; we have it or a later one; or why there is no place. */
export type Standing = 'new' | 'known' | 'older-epoch' | 'over-quota';

/**
 * The records in force, in memory. Which one of a name wins, and what a writer may occupy, is
 * decided here and nowhere else; order of arrival makes no difference while no quota is reached.
 */
export class RecordIndex {
  readonly #limits: RecordLimits;
  readonly #records = new Map<RecordId, IndexedRecord>();
  readonly #writers = new Map<NodeName, WriterUse>();
  #bytes = 0;
  #sorted: readonly IndexedRecord[] | undefined;
  #digest: string | undefined;

  constructor(limits: RecordLimits) {
    this.#limits = limits;
  }

  get(id: RecordId): IndexedRecord | undefined {
    return this.#records.get(id);
  }

  values(): IterableIterator<IndexedRecord> {
    return this.#records.values();
  }

  /** The highest epoch that a writer was seen with, while any of its records is in force. */
  epochOf(writer: NodeName): number | undefined {
    return this.#writers.get(writer)?.epoch;
  }

  /** Is there nothing to learn from this head? Cheap: asked before any signature is checked. */
  knows(head: RecordHead): boolean {
    const held = this.#records.get(head.id);
    return held !== undefined && !supersedes(head, held);
  }

  standing(record: IndexedRecord): Standing {
    const use = this.#writers.get(record.content.writer);
    if (use !== undefined && record.sequence.epoch < use.epoch) return 'older-epoch';
    if (this.knows(record)) return 'known';
    const isNewEpoch = use !== undefined && record.sequence.epoch > use.epoch;
    return this.#hasRoomFor(record, isNewEpoch ? undefined : use) ? 'new' : 'over-quota';
  }

  /** Takes a record whose standing is `new`; returns those that a newer epoch has put out of force. */
  add(record: IndexedRecord): readonly RecordId[] {
    const { writer } = record.content;
    const epoch = this.epochOf(writer);
    const outdated =
      epoch !== undefined && record.sequence.epoch > epoch
        ? [...(this.#writers.get(writer)?.ids ?? [])]
        : [];
    for (const id of [...outdated, record.id]) this.remove(id);
    const use = this.#writers.get(writer) ?? { epoch: 0, ids: new Set(), bytes: 0 };
    use.epoch = record.sequence.epoch;
    use.ids.add(record.id);
    use.bytes += record.size;
    this.#writers.set(writer, use);
    this.#bytes += record.size;
    this.#records.set(record.id, record);
    this.#changed();
    return outdated.filter((id) => id !== record.id);
  }

  remove(id: RecordId): void {
    const held = this.#records.get(id);
    if (held === undefined) return;
    this.#records.delete(id);
    this.#bytes -= held.size;
    const use = this.#writers.get(held.content.writer);
    if (use !== undefined) {
      use.ids.delete(id);
      use.bytes -= held.size;
      if (use.ids.size === 0) this.#writers.delete(held.content.writer);
    }
    this.#changed();
  }

  /** All records in the order of their ids. */
  sorted(): readonly IndexedRecord[] {
    this.#sorted ??= [...this.#records.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#sorted;
  }

  /** SHA-256 in hex over id, sequence and hash of every record: equal digest, equal records. */
  digest(): string {
    this.#digest ??= sha256Hex(new TextEncoder().encode(this.sorted().map(digestLine).join('')));
    return this.#digest;
  }

  #hasRoomFor(record: IndexedRecord, use: WriterUse | undefined): boolean {
    const replaced = this.#records.get(record.id);
    const moreRecords = replaced === undefined ? 1 : 0;
    const moreBytes = record.size - (replaced?.size ?? 0);
    const { recordsPerWriter, bytesPerWriter, records, bytes } = this.#limits;
    return (
      (use?.ids.size ?? 0) + moreRecords <= recordsPerWriter &&
      (use?.bytes ?? 0) + moreBytes <= bytesPerWriter &&
      this.#records.size + moreRecords <= records &&
      this.#bytes + moreBytes <= bytes
    );
  }

  #changed(): void {
    this.#sorted = undefined;
    this.#digest = undefined;
  }
}

const digestLine = ({ id, sequence, hash }: RecordHead): string =>
  `${id} ${sequence.epoch}.${sequence.boot}.${sequence.n} ${hash}\n`;

import type { IndexedRecord } from './indexed-record.ts';
import type { RecordLimits } from './limits.ts';
import { supersedes } from './record.ts';
import type { RecordIndex } from './record-index.ts';
import type { RecordTree } from './record-tree.ts';
import { WriterShelf } from './writer-shelf.ts';

/** Why a record does not come into force though it is its writer's word. */
export type Standing = 'known' | 'older-epoch' | 'over-quota';

/** What would become of a record: the index with it, and what gives way to it; or why it has no place. */
export type Placement = {
  /** What holds under its name now. */
  readonly held: IndexedRecord | undefined;
} & (
  | {
      readonly standing: 'new';
      readonly index: RecordIndex;
      readonly gone: readonly IndexedRecord[];
    }
  | { readonly standing: Standing }
);

/**
 * Decides what becomes of a record that its writer signed. Which one of a name wins, and who gives way where there
 * is no room, is decided here and nowhere else, and by the records alone: in whatever order they come, nodes that
 * have heard the same end with the same.
 *
 * A writer that says more than its quota keeps those of its records whose places are first. When all together
 * are too much, the writer with the most gives way: no writer can take the room of the others.
 */
export function placed(record: IndexedRecord, index: RecordIndex, limits: RecordLimits): Placement {
  const { writer, sequence } = record.content;
  const shelf = index.shelf(writer);
  const held = shelf?.records.get(record.place);
  if (shelf !== undefined && sequence.epoch < shelf.epoch) return { standing: 'older-epoch', held };
  if (held !== undefined && !supersedes(record, held)) return { standing: 'known', held };
  const outdated = shelf !== undefined && sequence.epoch > shelf.epoch ? shelf.records.items() : [];
  const crowded = shelf?.with(record) ?? WriterShelf.with(record);
  const own = beyondQuota(crowded, limits);
  const room = makeRoom(without(index.withShelf(crowded), own), limits);
  const evicted = [...own, ...room.gone];
  if (evicted.includes(record)) return { standing: 'over-quota', held };
  return { standing: 'new', held, index: room.index, gone: [...outdated, ...evicted] };
}

/** {@link placed}, a function of its arguments alone; a simulator remembers what it gave for an index that many share. */
export type PlaceRecord = typeof placed;

/** What of a writer's records does not fit its quota when they are taken in the order of their places. */
function beyondQuota(shelf: WriterShelf, limits: RecordLimits): IndexedRecord[] {
  const { recordsPerWriter, bytesPerWriter } = limits;
  if (shelf.bytes <= bytesPerWriter) return lastOnes(shelf.records, recordsPerWriter);
  let count = 0;
  let bytes = 0;
  return shelf.records.items().filter((record) => {
    if (count === recordsPerWriter || bytes + record.bytes > bytesPerWriter) return true;
    count++;
    bytes += record.bytes;
    return false;
  });
}

/** All after the first so many, without a look at these: nobody has verified yet what is to be placed. */
function lastOnes(records: RecordTree<IndexedRecord>, kept: number): IndexedRecord[] {
  const gone: IndexedRecord[] = [];
  let rest = records;
  for (let { last } = rest; last !== undefined && rest.size > kept; { last } = rest) {
    gone.push(last);
    rest = rest.without(last.place);
  }
  return gone;
}

function makeRoom(index: RecordIndex, limits: RecordLimits) {
  const gone: IndexedRecord[] = [];
  let next = index;
  for (;;) {
    const measure = next.count > limits.records ? 'count' : 'bytes';
    if (next[measure] <= limits[measure === 'count' ? 'records' : 'bytes'])
      return { index: next, gone };
    const last = heaviest(next, measure)?.records.last;
    if (last === undefined) return { index: next, gone };
    gone.push(last);
    next = next.without(last);
  }
}

/** The writer that occupies the most; of equals, the one whose place is last. */
function heaviest(index: RecordIndex, measure: 'count' | 'bytes'): WriterShelf | undefined {
  let most: WriterShelf | undefined;
  for (const shelf of index.writers.items()) {
    if (most === undefined || shelf[measure] >= most[measure]) most = shelf;
  }
  return most;
}

const without = (index: RecordIndex, records: readonly IndexedRecord[]): RecordIndex =>
  records.reduce((rest, record) => rest.without(record), index);

import type { RecordIndex } from '../record-index.ts';
import type { RecordStore } from '../record-store.ts';
import { BROUGHT_BYTES, MAX_SHOWN_WRITERS } from './limits.ts';
import type { BroughtRecord } from './messages.ts';
import { type ShelfHead, shortened } from './range.ts';

/** What is held of each writer; undefined when they are too many to be named in a question. */
export function shelvesOf({ writers }: RecordIndex): readonly ShelfHead[] | undefined {
  if (writers.size > MAX_SHOWN_WRITERS) return undefined;
  return writers.items().map(({ writer, epoch, records }) => {
    return { writer, epoch, digest: shortened(records.digest) };
  });
}

/**
 * All records of those writers of whom one who holds `theirs` holds something else, in place of three questions after
 * what differs; undefined when that is much, and mostly known to the asker.
 */
export function beyond(
  records: RecordStore,
  theirs: readonly ShelfHead[],
): readonly BroughtRecord[] | undefined {
  const { writers } = records.snapshot();
  const known = new Map(theirs.map((shelf) => [shelf.writer, shelf]));
  const brought: BroughtRecord[] = [];
  let size = 0;
  for (const shelf of writers.items()) {
    const head = known.get(shelf.writer);
    // Of an older key there is nothing to learn.
    if (head !== undefined && head.epoch > shelf.epoch) continue;
    const isSame = head?.epoch === shelf.epoch && head.digest === shortened(shelf.records.digest);
    if (isSame) continue;
    size += shelf.bytes;
    if (size > BROUGHT_BYTES) return undefined;
    for (const { id } of shelf.records.items()) {
      const bytes = records.bytesOf(id);
      if (bytes !== undefined) brought.push([id, bytes]);
    }
  }
  return brought;
}

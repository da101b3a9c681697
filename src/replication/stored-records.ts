import type { Space } from '../ports/index.ts';
import type { RecordLimits } from './limits.ts';
import { placed } from './placement.ts';
import type { RecordId } from './record.ts';
import { RecordIndex } from './record-index.ts';
import type { RecordClaim } from './record-verification.ts';

/** What a disk holds that still stands, and the ids of what no longer does. */
export interface StoredRecords {
  readonly index: RecordIndex;
  readonly fallen: readonly RecordId[];
}

/**
 * How a starting node comes to what its disk holds: by `read`, which verifies all of it and changes nothing. A
 * simulator that starts thousands of nodes from one image of a disk remembers what `read` gave for that image:
 * the index is immutable, so all of them share it, and each starts at the cost of its own records.
 */
export type LoadRecords = (disk: Space, read: () => StoredRecords) => StoredRecords;

/** Reads all that is on disk, and verifies it again: `judge` gives a claim that stands. */
export function storedRecords(
  disk: Space,
  judge: (bytes: Uint8Array) => RecordClaim | undefined,
  limits: RecordLimits,
): StoredRecords {
  let index = RecordIndex.empty;
  const fallen = new Set<RecordId>();
  for (const [id, bytes] of disk.entries()) {
    const claim = judge(bytes);
    const placement = claim?.record.id === id ? placed(claim.record, index, limits) : undefined;
    if (placement?.standing === 'new') {
      index = placement.index;
      for (const { id: gone } of placement.gone) fallen.add(gone);
      fallen.delete(id);
    } else {
      fallen.add(id);
    }
  }
  return { index, fallen: [...fallen] };
}

import type { RecordHead, RecordId } from './record.ts';
import type { RecordStore } from './record-store.ts';
import {
  decodeRequest,
  encodeDigest,
  encodeHeads,
  encodeRecords,
  HEADS_PER_PAGE,
  MAX_FETCH_BYTES,
} from './sync-messages.ts';

/**
 * Answers one request of a peer that compares its records with ours.
 * @throws when the bytes are no such request
 */
export function answerSync(records: RecordStore, bytes: Uint8Array): Uint8Array {
  const request = decodeRequest(bytes);
  if (!request.ok) throw new TypeError(request.error);
  switch (request.value.ask) {
    case 'digest':
      return encodeDigest(records.digest());
    case 'heads':
      return headPage(records.heads(), request.value.after);
    case 'records':
      return recordPage(records, request.value.ids);
  }
}

function headPage(sorted: readonly RecordHead[], after: RecordId): Uint8Array {
  const from = firstAfter(sorted, after);
  const heads = sorted.slice(from, from + HEADS_PER_PAGE);
  return encodeHeads({ heads, more: from + heads.length < sorted.length });
}

/** Where ids greater than `after` begin: binary, because a peer may ask often. */
function firstAfter(sorted: readonly RecordHead[], after: RecordId): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.id ?? '') <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As many of them as fit; what is missing here was dropped meanwhile, or is asked for again. */
function recordPage(records: RecordStore, ids: readonly RecordId[]): Uint8Array {
  const page: Uint8Array[] = [];
  let size = 0;
  for (const id of ids) {
    const bytes = records.bytesOf(id);
    if (bytes === undefined) continue;
    size += bytes.length;
    if (size > MAX_FETCH_BYTES) break;
    page.push(bytes);
  }
  return encodeRecords(page);
}

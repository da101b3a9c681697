import type { RecordStore } from '../record-store.ts';
import { beyond } from './beyond.ts';
import { heldState } from './held-state.ts';
import { ANSWER_BYTES } from './limits.ts';
import {
  encodeIds,
  encodePairs,
  encodeRanges,
  encodeRecords,
  encodeState,
  type SyncRequest,
} from './messages.ts';
import { nodeAt } from './range-view.ts';
import { encodedBytes } from './range-wire.ts';

/** Answers one request of a peer that compares its records with ours; no more work than the answer is long. */
export function answerSync(records: RecordStore, request: SyncRequest): Uint8Array {
  switch (request.ask) {
    case 'state': {
      const state = heldState(records);
      if (state.digest === request.digest) return state.agreement;
      const { digest, evidence } = state;
      const brought = request.shelves && beyond(records, request.shelves);
      return brought === undefined
        ? encodeState({ digest, evidence, root: nodeAt(records.snapshot(), '') })
        : encodeState({ digest, evidence, root: undefined, brought });
    }
    case 'ranges': {
      const index = records.snapshot();
      return encodeRanges(page(request.paths, (path) => nodeAt(index, path), encodedBytes));
    }
    case 'records':
      return encodeRecords(page(request.ids, (id) => records.bytesOf(id), byteLength));
    case 'evidence': {
      const ids = records.evidence().map(({ id }) => id);
      const further = ids.filter((id) => id > request.after);
      return encodeIds(page(further, (id) => id, byteLength));
    }
    case 'pairs': {
      const find = (id: string) => records.evidencePair(id);
      return encodePairs(
        page(request.ids, find, (pair) => byteLength(pair?.[0]) + byteLength(pair?.[1])),
      );
    }
  }
}

/** What the first of `asked` are: up to the one that fills the answer. */
function page<Asked, Found>(
  asked: readonly Asked[],
  find: (asked: Asked) => Found,
  bytesOf: (found: NoInfer<Found>) => number,
): readonly Found[] {
  const answer: Found[] = [];
  let size = 0;
  for (const one of asked) {
    if (size >= ANSWER_BYTES) break;
    const found = find(one);
    size += bytesOf(found);
    answer.push(found);
  }
  return answer;
}

/** With the most that DAG-CBOR puts before it. */
const byteLength = (found: Uint8Array | string | undefined): number => (found?.length ?? 0) + 5;

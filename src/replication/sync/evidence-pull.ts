import type { PeerId } from '../../ports/index.ts';
import type { Evidence } from '../evidence.ts';
import { MAX_EVIDENCE, MAX_EVIDENCE_PER_WRITER } from '../limits.ts';
import { type RecordId, writerOf } from '../record.ts';
import type { RecordStore } from '../record-store.ts';
import { IDS_PER_REQUEST } from './limits.ts';
import type { PeerQuestions } from './peer-questions.ts';

/**
 * Fetches the evidence that a peer has and this node lacks, until all is there or `isOver`.
 * @throws PeerFailure, and what this node's own store throws
 */
export async function pullEvidence(
  questions: PeerQuestions,
  records: RecordStore,
  peer: PeerId,
  isOver: () => boolean,
): Promise<void> {
  let after = '';
  while (!isOver()) {
    const ids = await questions.evidence(after);
    const last = ids.at(-1);
    if (last === undefined) return;
    let missing = wanted(ids, records.evidence());
    while (missing.length > 0 && !isOver()) {
      const pairs = await questions.pairs(missing.slice(0, IDS_PER_REQUEST));
      for (const pair of pairs) if (pair !== undefined) records.acceptEvidence(pair, peer);
      missing = missing.slice(pairs.length);
    }
    after = last;
  }
}

/** Of these names, those of which this node has no evidence and may keep some. */
function wanted(ids: readonly RecordId[], held: readonly Evidence[]): readonly RecordId[] {
  if (held.length >= MAX_EVIDENCE) return [];
  const known = new Set(held.map(({ id }) => id));
  const ofWriter = Map.groupBy(held, ({ writer }) => writer);
  return ids.filter((id) => {
    const kept = ofWriter.get(writerOf(id))?.length ?? 0;
    return !known.has(id) && kept < MAX_EVIDENCE_PER_WRITER;
  });
}

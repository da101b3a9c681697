import type { PeerId } from '../../ports/index.ts';
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
    let missing = ids.filter((id) => records.wantsEvidence(id));
    while (missing.length > 0 && !isOver()) {
      const pairs = await questions.pairs(missing.slice(0, IDS_PER_REQUEST));
      for (const pair of pairs) if (pair !== undefined) records.acceptEvidence(pair, peer);
      missing = missing.slice(pairs.length);
    }
    after = last;
  }
}

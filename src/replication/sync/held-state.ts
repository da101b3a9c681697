import { sha256Hex } from '../../crypto/index.ts';
import type { Evidence } from '../evidence.ts';
import type { RecordStore } from '../record-store.ts';
import { shortened } from './range.ts';

/** All that a member holds, in two digests that are compared with those of others. */
export interface HeldState {
  /** Of the records in force. */
  readonly digest: string;
  /** Of the names of which there is evidence; '' where there is none. */
  readonly evidence: string;
}

export const isSameState = (a: HeldState, b: HeldState): boolean =>
  a.digest === b.digest && a.evidence === b.evidence;

export const heldState = (records: RecordStore): HeldState => ({
  digest: shortened(records.digest()),
  evidence: evidenceDigest(records.evidence()),
});

/** By the list itself: there is another one when there is more evidence. */
const digests = new WeakMap<readonly Evidence[], string>();

/**
 * Names alone: which two of three records under one sequence came to a member first is chance, and either
 * pair proves the same.
 */
function evidenceDigest(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) return '';
  const known = digests.get(evidence);
  if (known !== undefined) return known;
  const names = evidence.map(({ id }) => id).join('\n');
  const digest = shortened(sha256Hex(new TextEncoder().encode(names)));
  digests.set(evidence, digest);
  return digest;
}

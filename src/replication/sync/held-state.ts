import { sha256Hex } from '../../crypto/index.ts';
import type { Evidence } from '../evidence.ts';
import type { RecordIndex } from '../record-index.ts';
import type { RecordStore } from '../record-store.ts';
import { encodeRequest, encodeState, type SyncState } from './messages.ts';
import { shortened } from './range.ts';

/** All that a member holds, in two digests that are compared with those of others. */
export interface HeldState {
  /** Of the records in force. */
  readonly digest: string;
  /** Of the names of which there is evidence; '' where there is none. */
  readonly evidence: string;
}

export const isSameState = (a: HeldState, b: HeldState): boolean =>
  a === b || (a.digest === b.digest && a.evidence === b.evidence);

/** What this node holds, and what it says to members that hold the same: nearly all that they say to each other. */
export class OwnState implements SyncState {
  readonly digest: string;
  readonly evidence: string;
  readonly root = undefined;
  #question: Uint8Array | undefined;
  #agreement: Uint8Array | undefined;

  constructor(digest: string, evidence: string) {
    this.digest = digest;
    this.evidence = evidence;
  }

  /** Whether another member holds the same. */
  get question(): Uint8Array {
    const { digest, evidence } = this;
    this.#question ??= encodeRequest({ ask: 'state', digest, evidence });
    return this.#question;
  }

  /** That this one holds the same. */
  get agreement(): Uint8Array {
    this.#agreement ??= encodeState(this);
    return this.#agreement;
  }
}

/** By the index: there is another one when there are other records. */
const states = new WeakMap<RecordIndex, OwnState>();

/** The same object until something else is held. */
export function heldState(records: RecordStore): OwnState {
  const index = records.snapshot();
  const evidence = evidenceDigest(records.evidence());
  const known = states.get(index);
  if (known?.evidence === evidence) return known;
  const state = new OwnState(shortened(index.digest), evidence);
  states.set(index, state);
  return state;
}

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

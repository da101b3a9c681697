import type { Result } from '../../core/index.ts';
import type { Gossip, PeerId } from '../../ports/index.ts';
import type { RecordId } from '../record.ts';
import type { OwnState } from './held-state.ts';
import {
  decodeIds,
  decodePairs,
  decodeRanges,
  decodeRecords,
  decodeState,
  encodeRequest,
  isSameBytes,
  type RecordPair,
  SYNC_PROTOCOL,
  type SyncState,
} from './messages.ts';
import type { PullBudget } from './pull-budget.ts';
import type { RangeNode, RangePath, ShelfHead } from './range.ts';

/** A peer did not answer, or not sensibly. */
export class PeerFailure extends Error {
  readonly result: 'unanswered' | 'nonsense';

  constructor(result: PeerFailure['result'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.result = result;
  }
}

function sensible<T>(answer: Result<T, string>): T {
  if (!answer.ok) throw new PeerFailure('nonsense', answer.error);
  return answer.value;
}

/** The questions of {@link SYNC_PROTOCOL} to one peer, one after the other, at the cost of a budget. */
export class PeerQuestions {
  readonly #peer: PeerId;
  readonly #gossip: Gossip;
  readonly #budget: PullBudget;

  constructor(peer: PeerId, gossip: Gossip, budget: PullBudget) {
    this.#peer = peer;
    this.#gossip = gossip;
    this.#budget = budget;
  }

  /** All of these: @throws PeerFailure. Of one that holds the same, `ours` itself. */
  async state(ours: OwnState, shelves: readonly ShelfHead[] | undefined): Promise<SyncState> {
    const { digest, evidence, question } = ours;
    const shown =
      shelves === undefined ? question : encodeRequest({ ask: 'state', digest, evidence, shelves });
    const bytes = await this.#ask(shown);
    return isSameBytes(bytes, ours.agreement) ? ours : sensible(decodeState(bytes));
  }

  /** At least the first of them. */
  async ranges(paths: readonly RangePath[]): Promise<readonly (RangeNode | undefined)[]> {
    const bytes = await this.#ask(encodeRequest({ ask: 'ranges', paths }));
    return sensible(decodeRanges(bytes, paths));
  }

  /** At least the first of them. */
  async records(ids: readonly RecordId[]): Promise<readonly (Uint8Array | undefined)[]> {
    const bytes = await this.#ask(encodeRequest({ ask: 'records', ids }));
    return sensible(decodeRecords(bytes, ids.length));
  }

  async evidence(after: RecordId): Promise<readonly RecordId[]> {
    const bytes = await this.#ask(encodeRequest({ ask: 'evidence', after }));
    return sensible(decodeIds(bytes, after));
  }

  /** At least the first of them. */
  async pairs(ids: readonly RecordId[]): Promise<readonly (RecordPair | undefined)[]> {
    const bytes = await this.#ask(encodeRequest({ ask: 'pairs', ids }));
    return sensible(decodePairs(bytes, ids.length));
  }

  async #ask(question: Uint8Array): Promise<Uint8Array> {
    const timeoutMs = this.#budget.answerTimeoutMs;
    try {
      const answer = await this.#gossip.request(this.#peer, SYNC_PROTOCOL, question, { timeoutMs });
      this.#budget.spend(question.length + answer.length);
      return answer;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new PeerFailure('unanswered', reason, { cause });
    }
  }
}

import type { Result } from '../../core/index.ts';
import type { Gossip, PeerId } from '../../ports/index.ts';
import type { RecordId } from '../record.ts';
import type { HeldState } from './held-state.ts';
import {
  decodeIds,
  decodePairs,
  decodeRanges,
  decodeRecords,
  decodeState,
  encodeRequest,
  type RecordPair,
  SYNC_PROTOCOL,
  type SyncRequest,
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

  /** All of these: @throws PeerFailure */
  async state(ours: HeldState, shelves: readonly ShelfHead[] | undefined): Promise<SyncState> {
    const shown = shelves === undefined ? {} : { shelves };
    return await this.#ask({ ask: 'state', ...ours, ...shown }, decodeState);
  }

  /** At least the first of them. */
  async ranges(paths: readonly RangePath[]): Promise<readonly (RangeNode | undefined)[]> {
    return await this.#ask({ ask: 'ranges', paths }, (bytes) => decodeRanges(bytes, paths));
  }

  /** At least the first of them. */
  async records(ids: readonly RecordId[]): Promise<readonly (Uint8Array | undefined)[]> {
    return await this.#ask({ ask: 'records', ids }, (bytes) => decodeRecords(bytes, ids.length));
  }

  async evidence(after: RecordId): Promise<readonly RecordId[]> {
    return await this.#ask({ ask: 'evidence', after }, (bytes) => decodeIds(bytes, after));
  }

  /** At least the first of them. */
  async pairs(ids: readonly RecordId[]): Promise<readonly (RecordPair | undefined)[]> {
    return await this.#ask({ ask: 'pairs', ids }, (bytes) => decodePairs(bytes, ids.length));
  }

  async #ask<T>(
    request: SyncRequest,
    decode: (bytes: Uint8Array) => Result<T, string>,
  ): Promise<T> {
    const question = encodeRequest(request);
    const bytes = await this.#answerTo(question);
    this.#budget.spend(question.length + bytes.length);
    const answer = decode(bytes);
    if (!answer.ok) throw new PeerFailure('nonsense', answer.error);
    return answer.value;
  }

  async #answerTo(request: Uint8Array): Promise<Uint8Array> {
    const timeoutMs = this.#budget.answerTimeoutMs;
    try {
      return await this.#gossip.request(this.#peer, SYNC_PROTOCOL, request, { timeoutMs });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new PeerFailure('unanswered', reason, { cause });
    }
  }
}

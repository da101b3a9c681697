import { Lru } from '../../core/index.ts';
import type { PeerId } from '../../ports/index.ts';
import { type HeldState, isSameState } from './held-state.ts';
import { FIRST_REST_MS, LONGEST_REST_MS, MAX_NOTED_PEERS, SETTLED_MS } from './limits.ts';

interface Note {
  readonly failures: number;
  readonly restsUntil: number;
  /** What both sides held when all that the peer had for us was taken. */
  readonly settled:
    | { readonly states: readonly [ours: HeldState, theirs: HeldState]; readonly until: number }
    | undefined;
}

const NOTHING: Note = { failures: 0, restsUntil: Number.NEGATIVE_INFINITY, settled: undefined };

/** What comparisons with each peer came to, so that none is asked in vain again and again. Times are monotonic. */
export class PeerNotes {
  readonly #notes = new Lru<PeerId, Note>(MAX_NOTED_PEERS);
  /** From then on none rests, as nearly always. */
  #allAwakeAt = Number.NEGATIVE_INFINITY;

  /** Has it failed so lately that it is not to be asked? */
  rests(peer: PeerId, now: number): boolean {
    return this.#allAwakeAt > now && this.#of(peer).restsUntil > now;
  }

  /** True when it had not failed before. */
  failed(peer: PeerId, now: number): boolean {
    const { failures } = this.#of(peer);
    const restMs = Math.min(FIRST_REST_MS * 2 ** failures, LONGEST_REST_MS);
    const restsUntil = now + restMs;
    this.#allAwakeAt = Math.max(this.#allAwakeAt, restsUntil);
    this.#notes.set(peer, { ...NOTHING, failures: failures + 1, restsUntil });
    return failures === 0;
  }

  /** It answered as it should, which makes good for earlier failures. */
  answered(peer: PeerId): void {
    const { failures, settled } = this.#of(peer);
    if (failures > 0) this.#notes.set(peer, { ...NOTHING, settled });
  }

  /** While it holds `theirs` and this node `ours` there is nothing to learn from it. */
  settled(peer: PeerId, ours: HeldState, theirs: HeldState, now: number): void {
    const { failures, restsUntil } = this.#of(peer);
    const settled = { states: [ours, theirs] as const, until: now + SETTLED_MS };
    this.#notes.set(peer, { failures, restsUntil, settled });
  }

  /** Was it compared with while this node held what it holds now? */
  wasCompared(peer: PeerId, ours: HeldState, now: number): boolean {
    const { settled } = this.#of(peer);
    return settled !== undefined && settled.until > now && isSameState(settled.states[0], ours);
  }

  isSettled(peer: PeerId, ours: HeldState, theirs: HeldState, now: number): boolean {
    const { settled } = this.#of(peer);
    if (settled === undefined || !this.wasCompared(peer, ours, now)) return false;
    return isSameState(settled.states[1], theirs);
  }

  #of(peer: PeerId): Note {
    return this.#notes.get(peer) ?? NOTHING;
  }
}

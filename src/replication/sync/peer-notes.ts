import { Lru } from '../../core/index.ts';
import type { PeerId } from '../../ports/index.ts';
import { type HeldState, isSameState } from './held-state.ts';
import { FIRST_REST_MS, LONGEST_REST_MS, MAX_NOTED_PEERS, SETTLED_MS } from './limits.ts';

const NEVER = Number.NEGATIVE_INFINITY;

interface Note {
  failures: number;
  restsUntil: number;
  /** What both sides held when all that the peer had for us was taken, and until when that counts. */
  ours: HeldState | undefined;
  theirs: HeldState | undefined;
  settledUntil: number;
}

/** What comparisons with each peer came to, so that none is asked in vain again and again. Times are monotonic. */
export class PeerNotes {
  readonly #notes = new Lru<PeerId, Note>(MAX_NOTED_PEERS);
  /** From then on none rests, as nearly always. */
  #allAwakeAt = NEVER;

  /** Has it failed so lately that it is not to be asked? */
  rests(peer: PeerId, now: number): boolean {
    return this.#allAwakeAt > now && (this.#notes.get(peer)?.restsUntil ?? now) > now;
  }

  /** True when it had not failed before. */
  failed(peer: PeerId, now: number): boolean {
    const note = this.#of(peer);
    const restMs = Math.min(FIRST_REST_MS * 2 ** note.failures, LONGEST_REST_MS);
    note.restsUntil = now + restMs;
    note.settledUntil = now;
    this.#allAwakeAt = Math.max(this.#allAwakeAt, note.restsUntil);
    return note.failures++ === 0;
  }

  /** It answered as it should, which makes good for earlier failures. */
  answered(peer: PeerId): void {
    const note = this.#notes.get(peer);
    if (note === undefined) return;
    note.failures = 0;
    note.restsUntil = NEVER;
  }

  /** While it holds `theirs` and this node `ours` there is nothing to learn from it. */
  settled(peer: PeerId, ours: HeldState, theirs: HeldState, now: number): void {
    const note = this.#of(peer);
    note.ours = ours;
    note.theirs = theirs;
    note.settledUntil = now + SETTLED_MS;
  }

  /** Was it compared with while this node held what it holds now? */
  wasCompared(peer: PeerId, ours: HeldState, now: number): boolean {
    return this.#settledWith(peer, ours, now) !== undefined;
  }

  isSettled(peer: PeerId, ours: HeldState, theirs: HeldState, now: number): boolean {
    const settled = this.#settledWith(peer, ours, now);
    return settled !== undefined && isSameState(settled, theirs);
  }

  /** What the peer held when it was compared with this state of ours; undefined when it was not, of late. */
  #settledWith(peer: PeerId, ours: HeldState, now: number): HeldState | undefined {
    const note = this.#notes.get(peer);
    if (note?.ours === undefined || note.settledUntil <= now) return undefined;
    return isSameState(note.ours, ours) ? note.theirs : undefined;
  }

  #of(peer: PeerId): Note {
    const known = this.#notes.get(peer);
    if (known !== undefined) return known;
    const note = {
      failures: 0,
      restsUntil: NEVER,
      ours: undefined,
      theirs: undefined,
      settledUntil: NEVER,
    };
    this.#notes.set(peer, note);
    return note;
  }
}

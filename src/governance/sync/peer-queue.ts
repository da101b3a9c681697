import type { Clock, PeerId, Timer } from '../../ports/index.ts';

/** Peers that wait to be asked; further ones are dropped, polling finds them. */
const MAX_PENDING = 64;
/** A peer that has not answered by then is not waited for any longer: the next one is asked beside it. */
const PATIENCE_MS = 500;
/** So many are asked at a time when all are slow. */
const MAX_AT_ONCE = 4;

/**
 * Asks peers one after the other, and beside those that keep it waiting: a slow peer, or one that only claims to have
 * news, holds up no other.
 */
export class PeerQueue {
  readonly #clock: Clock;
  readonly #ask: (peer: PeerId) => Promise<void>;
  readonly #pending = new Map<PeerId, () => boolean>();
  readonly #asked = new Set<PeerId>();
  /** Runs while the one that was asked last may still take its time. */
  #patience: Timer | undefined;
  #isStopped = false;

  /** `ask` must not reject. */
  constructor(clock: Clock, ask: (peer: PeerId) => Promise<void>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Asks `peer` when its turn comes, unless it is not worth it any more by then. */
  want(peer: PeerId, isWorthIt: () => boolean = () => true): void {
    if (this.#isStopped || (this.#pending.size >= MAX_PENDING && !this.#pending.has(peer))) return;
    const before = this.#pending.get(peer);
    this.#pending.set(peer, before === undefined ? isWorthIt : () => before() || isWorthIt());
    if (this.#patience === undefined) this.#next();
  }

  stop(): void {
    this.#isStopped = true;
    this.#pending.clear();
    this.#patience?.cancel();
  }

  #next(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    if (this.#isStopped || this.#asked.size >= MAX_AT_ONCE) return;
    const peer = this.#take();
    if (peer === undefined) return;
    this.#asked.add(peer);
    void this.#ask(peer).finally(() => {
      this.#asked.delete(peer);
      this.#next();
    });
    this.#patience = this.#clock.after(PATIENCE_MS, () => this.#next());
  }

  /** One that is being asked keeps its place: what it says now may be older than why it is wanted. */
  #take(): PeerId | undefined {
    for (const [peer, isWorthIt] of this.#pending) {
      if (this.#asked.has(peer)) continue;
      this.#pending.delete(peer);
      if (isWorthIt()) return peer;
    }
    return undefined;
  }
}

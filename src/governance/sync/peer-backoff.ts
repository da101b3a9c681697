import { Lru } from '../../core/index.ts';
import type { Clock, PeerId } from '../../ports/index.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** Peers that are remembered: beyond it the one that was asked longest ago is forgiven. */
const MAX_PEERS = 1_024;

/** How long a peer that offered something bad is left alone: twice as long each time. */
export class PeerBackoff {
  readonly #clock: Clock;
  readonly #bad = new Lru<PeerId, { readonly delayMs: number; readonly until: number }>(MAX_PEERS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayAsk(peer: PeerId): boolean {
    return (this.#bad.get(peer)?.until ?? 0) <= this.#clock.monotonic();
  }

  blame(peer: PeerId): void {
    const before = this.#bad.get(peer)?.delayMs;
    const delayMs = before === undefined ? FIRST_MS : Math.min(before * 2, LONGEST_MS);
    this.#bad.set(peer, { delayMs, until: this.#clock.monotonic() + delayMs });
  }

  forgive(peer: PeerId): void {
    if (this.#bad.get(peer) !== undefined) this.#bad.set(peer, { delayMs: FIRST_MS / 2, until: 0 });
  }
}

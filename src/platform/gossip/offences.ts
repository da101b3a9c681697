import { Lru } from '../../core/index.ts';
import type { Clock, PeerId } from '../../ports/index.ts';

/** After this long, half of what a peer did is forgotten. */
const HALF_LIFE_MS = 60_000;
/** Members whose offences are remembered; the longest innocent is forgotten first. */
const MAX_OFFENDERS = 1_024;

/**
 * Counts the rejected messages that each peer delivered, fading with time. Gossipsub's own count
 * needs its topics named before the start, and ours are named by those who subscribe.
 */
export class Offences {
  readonly #clock: Clock;
  readonly #peers = new Lru<PeerId, { at: number; count: number }>(MAX_OFFENDERS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(peer: PeerId): void {
    this.#peers.set(peer, { at: this.#clock.monotonic(), count: this.of(peer) + 1 });
  }

  of(peer: PeerId): number {
    const known = this.#peers.get(peer);
    if (known === undefined) return 0;
    return known.count * 0.5 ** ((this.#clock.monotonic() - known.at) / HALF_LIFE_MS);
  }
}

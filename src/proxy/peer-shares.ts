import type { SpiffeId } from '../core/index.ts';
import { PEER_SHARE } from './limits.ts';

/** Gives a place back, once. */
export type GiveBack = () => void;

/**
 * Places for clients at one listener, by who they are: one identity, of however many sidecars, is not to take the
 * place of all others.
 */
export class PeerShares {
  readonly #taken = new Map<SpiffeId, number>();
  readonly #most: number;

  /** `maxClients`: of which each peer may have {@link PEER_SHARE}. */
  constructor(maxClients: number) {
    this.#most = Math.max(1, maxClients * PEER_SHARE);
  }

  /** A place; undefined: this peer has as many as it may. */
  take(peer: SpiffeId): GiveBack | undefined {
    if ((this.#taken.get(peer) ?? 0) >= this.#most) return undefined;
    this.#count(peer, 1);
    return () => this.#count(peer, -1);
  }

  #count(peer: SpiffeId, change: number): void {
    const count = (this.#taken.get(peer) ?? 0) + change;
    if (count === 0) this.#taken.delete(peer);
    else this.#taken.set(peer, count);
  }
}

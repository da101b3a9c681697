import { HANDSHAKE_SHARE } from '../limits.ts';

/** A connection whose peer is not known yet. */
export interface Unknown {
  /** Ends it. */
  makeWay(): void;
}

/**
 * Connections in the handshake, at all listeners of a data plane. When there are too many the oldest makes way: who means
 * well is through within milliseconds, and strangers that only connect take nobody's place.
 */
export class Handshakes {
  /** In the order in which they came. */
  readonly #open = new Set<Unknown>();
  readonly #most: number;

  /** `maxClients`: of which those in the handshake may be {@link HANDSHAKE_SHARE}. */
  constructor(maxClients: number) {
    this.#most = Math.max(1, maxClients * HANDSHAKE_SHARE);
  }

  begun(unknown: Unknown): void {
    this.#open.add(unknown);
    const [oldest] = this.#open;
    if (this.#open.size > this.#most) oldest?.makeWay();
  }

  ended(unknown: Unknown): void {
    this.#open.delete(unknown);
  }
}

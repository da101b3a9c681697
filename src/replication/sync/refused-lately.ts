import { Lru } from '../../core/index.ts';
import type { Clock, PeerId } from '../../ports/index.ts';
import { readClaim } from '../record-verification.ts';
import { MAX_REFUSED, REFUSAL_MS } from './limits.ts';
import { shortened } from './range.ts';

/**
 * Records that came and were refused. They are told by who sent them and by the hash of what came, not by what a
 * peer announced: a liar's bytes must not keep the record of that name away, and the hash is of what was signed
 * alone, so that a true record with another signature has the same.
 */
export class RefusedLately {
  readonly #clock: Clock;
  readonly #until = new Lru<string, number>(MAX_REFUSED);
  #anyUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(peer: PeerId, bytes: Uint8Array): void {
    const until = this.#clock.monotonic() + REFUSAL_MS;
    this.#anyUntil = until;
    const claim = readClaim(bytes);
    if (!claim.ok) return; // no record has such a hash, so none will be announced
    this.#until.set(keyOf(peer, claim.value.record.hash), until);
  }

  /** Was there anything of late, of anybody? */
  get isAny(): boolean {
    return this.#anyUntil > this.#clock.monotonic();
  }

  has(peer: PeerId, hash: string): boolean {
    const until = this.#until.get(keyOf(peer, hash)) ?? Number.NEGATIVE_INFINITY;
    return until > this.#clock.monotonic();
  }
}

const keyOf = (peer: PeerId, hash: string): string => `${peer} ${shortened(hash)}`;

import { Lru } from '../../core/index.ts';
import type { Clock } from '../../ports/index.ts';
import { readClaim } from '../record-verification.ts';
import { MAX_REFUSED, REFUSAL_MS } from './limits.ts';
import { shortened } from './range.ts';

/**
 * Records that came and were refused. They are told by the hash of what came, not by what a peer announced:
 * a liar's bytes must not keep the record of that name away.
 */
export class RefusedLately {
  readonly #clock: Clock;
  readonly #until = new Lru<string, number>(MAX_REFUSED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(bytes: Uint8Array): void {
    const claim = readClaim(bytes);
    if (!claim.ok) return; // no record has such a hash, so none will be announced
    this.#until.set(shortened(claim.value.record.hash), this.#clock.monotonic() + REFUSAL_MS);
  }

  has(hash: string): boolean {
    return (this.#until.get(shortened(hash)) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonic();
  }
}

import { Lru, type NodeName } from '../../core/index.ts';
import type { Clock } from '../../ports/index.ts';
import { readClaim } from '../record-verification.ts';
import { HASTY_MS, MAX_HASTY_WRITERS } from './limits.ts';

/**
 * Writers of whom something was refused because they had changed too much: of none of their records more would be
 * taken now, whoever has it, so for a while none is asked for.
 */
export class HastyWriters {
  readonly #clock: Clock;
  readonly #until = new Lru<NodeName, number>(MAX_HASTY_WRITERS);
  #anyUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was refused for that: it names its writer, which need not be the one that was asked for. */
  add(bytes: Uint8Array): void {
    const claim = readClaim(bytes);
    if (!claim.ok) return; // it was refused for that
    this.#anyUntil = this.#clock.monotonic() + HASTY_MS;
    this.#until.set(claim.value.record.content.writer, this.#anyUntil);
  }

  /** Was there one of late? */
  get isAny(): boolean {
    return this.#anyUntil > this.#clock.monotonic();
  }

  has(writer: NodeName): boolean {
    return (this.#until.get(writer) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonic();
  }
}

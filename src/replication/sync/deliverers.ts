import { Lru } from '../../core/index.ts';
import type { Clock, PeerId, TopicVerdict } from '../../ports/index.ts';
import type { Acceptance } from '../record-judge.ts';
import type { RefusalReason } from '../record-verification.ts';
import { MAX_NOTED_PEERS, UNPROVEN_AT_ONCE, UNPROVEN_PERIOD_MS } from './limits.ts';

/** What time, or what a member knows already, never explains: no honest member passes it on. */
const FORGED: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  'malformed',
  'signature',
  'too-large',
  'too-long-lived',
]);

/**
 * What a record that gossip brought says of the peer that delivered it. One whose credential does not hold here may
 * hold there, where a new authority was heard of earlier; but not so often, or a liar could have credentials judged
 * without end.
 */
export class Deliverers {
  readonly #clock: Clock;
  /** When each peer has made up for what it delivered, by the monotonic clock. */
  readonly #paidAt = new Lru<PeerId, number>(MAX_NOTED_PEERS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  verdict(acceptance: Acceptance, from: PeerId): TopicVerdict {
    if (acceptance.outcome === 'stored' || acceptance.outcome === 'evidence') return 'accept';
    if (acceptance.outcome === 'known') return 'ignore';
    const { reason } = acceptance;
    if (FORGED.has(reason)) return 'reject';
    return reason === 'writer' && !this.#spend(from) ? 'reject' : 'ignore';
  }

  /** False when this peer has had as many of them as an honest one delivers. */
  #spend(peer: PeerId): boolean {
    const now = this.#clock.monotonic();
    const paidAt = Math.max(this.#paidAt.get(peer) ?? now, now) + UNPROVEN_PERIOD_MS;
    if (paidAt > now + UNPROVEN_AT_ONCE * UNPROVEN_PERIOD_MS) return false;
    this.#paidAt.set(peer, paidAt);
    return true;
  }
}

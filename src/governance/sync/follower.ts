import type { Clock, Log, PeerId } from '../../ports/index.ts';
import type { Repository, TrustOffer, TrustRefusalReason } from '../repository/index.ts';
import type { TrustStore } from '../trust-store.ts';
import type { ConflictWatch } from './conflict-watch.ts';
import type { Exclusive } from './exclusive.ts';
import type { Intake } from './intake.ts';
import { type AskPeer, fetchOffer } from './offers.ts';
import { PeerBackoff } from './peer-backoff.ts';
import { PeerQueue } from './peer-queue.ts';

/** Refusals of what may be well signed, and only not for this node to follow: all others are somebody's fault. */
const MERGEABLE: ReadonlySet<TrustRefusalReason> = new Set([
  'rollback',
  'expired',
  'wrong-signature', // by the root that is held: a key that was taken out may have signed for an older one
]);

export interface FollowerParts {
  readonly ask: AskPeer;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: TrustStore;
  readonly intake: Intake;
  readonly watch: ConflictWatch;
  readonly exclusive: Exclusive;
  /** A repository came up that an authority has to merge. */
  readonly forked: () => void;
}

/** Keeps what is in force here as new as what any peer has: asks, verifies, follows. */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #backoff: PeerBackoff;
  readonly #queue: PeerQueue;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#backoff = new PeerBackoff(parts.clock);
    this.#queue = new PeerQueue(parts.clock, (peer) => this.#visit(peer));
  }

  /** Asks `peer` when its turn comes, unless it is not worth it any more by then. */
  want(peer: PeerId, isWorthIt?: () => boolean): void {
    this.#queue.want(peer, isWorthIt);
  }

  stop(): void {
    this.#queue.stop();
  }

  /** Asks one peer now, whatever it did before; call it in an exclusive turn. */
  async pull(peer: PeerId): Promise<void> {
    const offered = await this.#offerFrom(peer, this.#parts.store.repository());
    if (offered !== undefined) await this.#take(peer, offered);
  }

  /** What a slow peer says holds up no other: only what it offers waits its turn. */
  async #visit(peer: PeerId): Promise<void> {
    const { store, exclusive, log } = this.#parts;
    if (!this.#backoff.mayAsk(peer)) return;
    try {
      const held = store.repository();
      const offered = await this.#offerFrom(peer, held);
      if (offered === undefined) return;
      await exclusive.run(async () => {
        if (store.repository() === held) await this.#take(peer, offered);
        else this.want(peer); // it left out what this node had then
      });
    } catch (error) {
      log.error('trust repository not updated', { peer, error });
    }
  }

  /** A peer that offers rubbish is left alone a while. */
  async #offerFrom(peer: PeerId, held: Repository): Promise<TrustOffer | undefined> {
    const { ask, intake, log, watch } = this.#parts;
    let offered: Awaited<ReturnType<typeof fetchOffer>>;
    try {
      offered = await fetchOffer(ask, peer, held, watch.forks.all());
    } catch (error) {
      intake.count('unreachable');
      log.debug('peer did not answer for its trust repository', { peer, error });
      return undefined;
    }
    if (offered.ok) return offered.value;
    intake.count('malformed');
    this.#refuse(peer, { reason: 'malformed', detail: offered.error });
    return undefined;
  }

  async #take(peer: PeerId, offered: TrustOffer): Promise<void> {
    const { store, intake, watch, forked } = this.#parts;
    const held = store.repository();
    const chain = watch.chainOf(held, offered);
    if (!chain.ok) {
      intake.count(chain.error.reason);
      this.#refuse(peer, chain.error);
      return;
    }
    const refused = await intake.take(offered, peer);
    if (refused === undefined) {
      this.#backoff.forgive(peer);
      return;
    }
    if (refused !== 'unchanged' && !MERGEABLE.has(refused.reason)) {
      this.#refuse(peer, refused);
      return;
    }
    const considered = watch.consider(held, offered, store.current().authorities);
    if (considered === 'fork') forked();
    if (considered === 'fork' || considered === 'known') return;
    if (considered === 'nothing') this.#backoff.blame(peer);
    else this.#refuse(peer, refused === 'unchanged' ? considered : refused);
  }

  #refuse(peer: PeerId, refused: { readonly reason: string; readonly detail: string }): void {
    this.#parts.log.warn('trust repository refused', { from: peer, ...refused });
    this.#backoff.blame(peer);
  }
}

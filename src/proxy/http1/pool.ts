import type { SpiffeId } from '../../core/index.ts';
import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import { POOL_CONNECTIONS } from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import { Upstream } from './upstream.ts';

export type LeaseFailure =
  | DialFailure
  | { readonly stage: 'pool'; readonly reason: 'full'; readonly detail: string };

/** Who wants a connection for one request. Told once, perhaps before `lease` returns. */
export interface PoolUser {
  /** Set while a connection is being opened; cancel it when it is no longer wanted. */
  pending: PendingLease | undefined;
  leased(upstream: Upstream): void;
  unleased(failure: LeaseFailure): void;
}

/**
 * The connections to one server: an idle one is used again, else one is opened. Never shared between
 * identities: a connection of an older certificate or bundle, or to a peer that may no longer serve, is
 * closed instead of used.
 */
export class Pool {
  readonly #runtime: Runtime;
  readonly #limit: number;
  #target: DialTarget;
  readonly #idle: Upstream[] = [];
  #count = 0;
  #closed = false;

  constructor(runtime: Runtime, target: DialTarget, limit = POOL_CONNECTIONS) {
    this.#runtime = runtime;
    this.#target = target;
    this.#limit = limit;
  }

  /** Follows a change of timeouts or identities; the address stays. */
  retarget(target: DialTarget): void {
    this.#target = target;
    this.sweep();
  }

  /** `fresh`: one that was idle failed the user just now, and others may have died with it. */
  lease(user: PoolUser, fresh = false): void {
    while (!fresh) {
      const upstream = this.#idle.pop();
      if (upstream === undefined) break;
      this.#runtime.census.pooled -= 1;
      if (this.#isGood(upstream)) {
        user.leased(upstream);
        return;
      }
      upstream.close();
    }
    if (this.#count >= this.#limit) {
      const detail = `${this.#limit} connections to ${this.#target.host}:${this.#target.port} are in use`;
      user.unleased({ stage: 'pool', reason: 'full', detail });
      return;
    }
    this.#count += 1;
    user.pending = new PendingLease(this.#runtime, this, user);
    user.pending.begin(this.#target);
  }

  /** The request is over and the connection is in order. */
  giveBack(upstream: Upstream): void {
    if (this.#closed || !this.#isGood(upstream)) {
      upstream.close();
      return;
    }
    upstream.rest(this.#runtime.deadlines.now());
    this.#idle.push(upstream);
    this.#runtime.census.pooled += 1;
  }

  /** A connection, or one that was being opened, is gone. */
  forget(upstream: Upstream | undefined): void {
    this.#count -= 1;
    const at = upstream === undefined ? -1 : this.#idle.indexOf(upstream);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#runtime.census.pooled -= 1;
  }

  /** Closes idle connections that would not be used again. */
  sweep(): void {
    for (const upstream of [...this.#idle]) if (!this.#isGood(upstream)) upstream.close();
  }

  /** Closes idle connections now and those in use when they come back. */
  close(): void {
    this.#closed = true;
    for (const upstream of [...this.#idle]) upstream.close();
  }

  #isGood(upstream: Upstream): boolean {
    const { peer } = upstream;
    if (peer === undefined) return true;
    const identities: readonly SpiffeId[] = this.#target.mesh?.identities ?? [];
    return (
      upstream.generation === this.#runtime.mesh.generation &&
      this.#runtime.deadlines.now() < upstream.retireAtMs &&
      identities.includes(peer.spiffeId)
    );
  }
}

/** A connection that is being opened for one request. */
export class PendingLease implements Dialler {
  readonly #runtime: Runtime;
  readonly #pool: Pool;
  readonly #user: PoolUser;
  #dial: Dial | undefined;

  constructor(runtime: Runtime, pool: Pool, user: PoolUser) {
    this.#runtime = runtime;
    this.#pool = pool;
    this.#user = user;
  }

  begin(target: DialTarget): void {
    const dial = Dial.begin(this.#runtime, target, this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.failed(dial);
  }

  cancel(): void {
    this.#dial?.cancel();
    this.#pool.forget(undefined);
  }

  connected(socket: PartySocket, peer: TlsPeer | undefined): void {
    const upstream = new Upstream(this.#runtime, socket, this.#pool, peer);
    socket.data = upstream;
    this.#user.pending = undefined;
    this.#user.leased(upstream);
  }

  failed(failure: DialFailure): void {
    this.#pool.forget(undefined);
    this.#user.pending = undefined;
    this.#user.unleased(failure);
  }
}

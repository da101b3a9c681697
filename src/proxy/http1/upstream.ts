import type { Timed } from '../deadlines.ts';
import { EXPIRY_MARGIN_MS, IDLE_POOL_MS } from '../limits.ts';
import { Outflow } from '../outflow.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import type { Pool } from './pool.ts';

/** Who has a request on a connection now. */
export interface UpstreamUser {
  /** `bytes` are valid during the call only. */
  answered(bytes: Buffer): void;
  /** The server will send no more. */
  upstreamEnded(): void;
  /** The connection is gone. */
  upstreamClosed(): void;
  upstreamDrained(): void;
}

/** One connection to a server, a sidecar's or the application's, for one request after another. */
export class Upstream implements Party, Timed {
  dueMs: number;
  readonly socket: PartySocket;
  readonly outflow: Outflow;
  readonly pool: Pool;
  readonly peer: TlsPeer | undefined;
  /** Of our certificate and bundle, when it was opened. */
  readonly generation: number;
  /** Monotonic: the end of the peer's certificate, and so of this connection. */
  readonly endsAtMs: number;
  /** Monotonic: no new request from here on, so that requests under way are not cut. */
  readonly retireAtMs: number;
  readonly #runtime: Runtime;
  #user: UpstreamUser | undefined;

  constructor(runtime: Runtime, socket: PartySocket, pool: Pool, peer: TlsPeer | undefined) {
    this.#runtime = runtime;
    this.socket = socket;
    this.pool = pool;
    this.peer = peer;
    this.outflow = new Outflow(socket, runtime.census);
    this.generation = runtime.mesh.generation;
    const shift = runtime.deadlines.now() - runtime.clock.now();
    const ownEndMs = runtime.mesh.credential?.notAfterMs ?? 0;
    this.endsAtMs = peer === undefined ? Number.POSITIVE_INFINITY : peer.notAfterMs + shift;
    this.retireAtMs =
      peer === undefined
        ? Number.POSITIVE_INFINITY
        : Math.min(peer.notAfterMs, ownEndMs) + shift - EXPIRY_MARGIN_MS;
    this.dueMs = this.endsAtMs;
    runtime.deadlines.add(this);
    runtime.census.servers += 1;
  }

  lend(user: UpstreamUser): void {
    this.#user = user;
    this.dueMs = this.endsAtMs;
  }

  /** No request is on it; `nowMs` on the monotonic scale. */
  rest(nowMs: number): void {
    this.#user = undefined;
    this.dueMs = Math.min(nowMs + IDLE_POOL_MS, this.retireAtMs);
  }

  /** Ends it without telling the user. */
  close(): void {
    this.#user = undefined;
    this.socket.terminate();
  }

  /** A tunnel takes the connection over; {@link release} is called when that is over. */
  detach(): void {
    this.#user = undefined;
    this.#runtime.deadlines.remove(this);
  }

  /** The socket is gone. */
  release(): void {
    this.#runtime.census.servers -= 1;
    this.#runtime.deadlines.remove(this);
    this.pool.forget(this);
  }

  expired(): void {
    this.socket.terminate();
  }

  received(bytes: Buffer): void {
    // An answer that nobody asked for belongs to no request: never to the next one.
    if (this.#user === undefined) this.socket.terminate();
    else this.#user.answered(bytes);
  }

  drained(): void {
    if (this.outflow.flush()) this.#user?.upstreamDrained();
  }

  ended(): void {
    if (this.#user === undefined) this.socket.terminate();
    else this.#user.upstreamEnded();
  }

  closed(): void {
    this.outflow.discard();
    this.release();
    const user = this.#user;
    this.#user = undefined;
    user?.upstreamClosed();
  }

  drain(): void {
    if (this.#user === undefined) this.socket.terminate();
  }
}

import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import type { LeaseFailure, Lessee, ServerHalf, Servers } from '../http/halves.ts';
import { SHARED_CONNECTIONS, STREAMS_PER_CONNECTION, WAITING_REQUESTS } from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import { Http2Client } from './client.ts';

/**
 * The connections to one server, each shared by many requests: a new one is opened only when those that are
 * there have no stream left. Never shared between identities: one that was opened under an older certificate or
 * bundle, or to a peer that may no longer serve, begins no request and closes when its last one ends.
 */
export class Http2Servers implements Servers {
  readonly #runtime: Runtime;
  #target: DialTarget;
  readonly #connections: Http2Client[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #dials = new Set<SharedDial>();

  constructor(runtime: Runtime, target: DialTarget) {
    this.#runtime = runtime;
    this.#target = target;
  }

  /** Follows a change of timeouts, identities, certificate or bundle; the address stays. */
  retarget(target: DialTarget): void {
    this.#target = target;
    for (const connection of [...this.#connections]) this.#retireIfStale(connection);
  }

  /** Has a connection ready before the first request asks for one. */
  warm(): void {
    if (this.#connections.length === 0 && this.#dials.size === 0) this.#dial();
  }

  /** Requests under way end in order, new ones find nothing. */
  close(): void {
    for (const dial of [...this.#dials]) dial.cancel();
    for (const connection of [...this.#connections]) connection.drain();
    this.#failWaiting({ stage: 'connect', reason: 'refused', detail: 'the endpoint is gone' });
  }

  lease(lessee: Lessee): void {
    const server = this.#open(lessee);
    if (server !== undefined) {
      lessee.leased(server);
      return;
    }
    if (this.#waiting.size >= WAITING_REQUESTS) {
      const { host, port } = this.#target;
      const detail = `${WAITING_REQUESTS} requests wait for a connection to ${host}:${port}`;
      lessee.unleased({ stage: 'pool', reason: 'full', detail });
      return;
    }
    const waiting = new Waiting(this.#waiting, lessee);
    lessee.pending = waiting;
    this.#waiting.add(waiting);
    this.#dialIfNeeded();
  }

  #dialIfNeeded(): void {
    const opening = this.#dials.size;
    if (this.#waiting.size <= opening * STREAMS_PER_CONNECTION) return;
    if (this.#connections.length + opening < SHARED_CONNECTIONS) this.#dial();
  }

  #dial(): void {
    const dial = new SharedDial(this);
    this.#dials.add(dial);
    const failure = dial.begin(this.#runtime, this.#target);
    if (failure !== undefined) this.dialFailed(dial, failure);
  }

  /** For a dial. */
  dialled(dial: SharedDial, socket: PartySocket, peer: TlsPeer | undefined): void {
    this.#dials.delete(dial);
    const connection = new Http2Client(this.#runtime, socket, {
      peer,
      freed: () => this.#serveWaiting(),
      gone: () => this.#forget(connection),
    });
    this.#connections.push(connection);
    this.#serveWaiting();
  }

  /** For a dial. Another one that is under way may still serve who waits. */
  dialFailed(dial: SharedDial, failure: DialFailure): void {
    this.#dials.delete(dial);
    if (this.#dials.size === 0 && this.#connections.length === 0) this.#failWaiting(failure);
  }

  #serveWaiting(): void {
    for (const waiting of this.#waiting) {
      const server = this.#open(waiting.lessee);
      if (server === undefined) break;
      waiting.cancel();
      waiting.lessee.leased(server);
    }
    this.#dialIfNeeded();
  }

  #open(lessee: Lessee): ServerHalf | undefined {
    for (const connection of this.#connections) {
      if (this.#retireIfStale(connection)) continue;
      const server = connection.open(lessee);
      if (server !== undefined) return server;
    }
    return undefined;
  }

  #failWaiting(failure: LeaseFailure): void {
    for (const waiting of [...this.#waiting]) {
      waiting.cancel();
      waiting.lessee.unleased(failure);
    }
  }

  #forget(connection: Http2Client): void {
    const at = this.#connections.indexOf(connection);
    if (at >= 0) this.#connections.splice(at, 1);
    if (this.#waiting.size > 0) this.#dialIfNeeded();
  }

  /** True: it is not to be used for a new request. */
  #retireIfStale(connection: Http2Client): boolean {
    const { peer } = connection;
    if (peer === undefined) return false;
    const { mesh, deadlines } = this.#runtime;
    const good =
      connection.generation === mesh.generation &&
      deadlines.now() < connection.retireAtMs &&
      this.#target.mesh?.identities.includes(peer.spiffeId) === true;
    if (!good) connection.drain();
    return !good;
  }
}

/** A request until there is a stream for it. */
class Waiting {
  readonly lessee: Lessee;
  readonly #all: Set<Waiting>;

  constructor(all: Set<Waiting>, lessee: Lessee) {
    this.#all = all;
    this.lessee = lessee;
  }

  cancel(): void {
    this.#all.delete(this);
    this.lessee.pending = undefined;
  }
}

/** A connection that is being opened, for whoever waits when it is there. */
class SharedDial implements Dialler {
  readonly #servers: Http2Servers;
  #dial: Dial | undefined;

  constructor(servers: Http2Servers) {
    this.#servers = servers;
  }

  begin(runtime: Runtime, target: DialTarget): DialFailure | undefined {
    const dial = Dial.begin(runtime, target, this);
    if (!(dial instanceof Dial)) return dial;
    this.#dial = dial;
    return undefined;
  }

  cancel(): void {
    this.#dial?.cancel();
  }

  connected(socket: PartySocket, peer: TlsPeer | undefined): void {
    this.#servers.dialled(this, socket, peer);
  }

  failed(failure: DialFailure): void {
    this.#servers.dialFailed(this, failure);
  }
}

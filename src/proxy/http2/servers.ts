import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import type { LeaseFailure, Lessee, ServerHalf, Servers } from '../http/halves.ts';
import {
  RENEW_AHEAD_MS,
  RENEW_SPREAD_MS,
  SHARED_CONNECTIONS,
  STREAMS_PER_CONNECTION,
  WAITING_REQUESTS,
  WARM_SPREAD_MS,
} from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { KeptSession, type TlsPeer } from '../tunnel/index.ts';
import { Http2Client } from './client.ts';
import { Warmth } from './warmth.ts';

/**
 * The connections to one server, each shared by many requests: a new one is opened only when those that are
 * there have no stream left. Never shared between identities: one that was opened under another, or before an
 * authority was taken out of force, or to a peer that may no longer serve, begins no request and closes when its
 * last one ends. One under an older certificate of ours goes on until there is one under the new.
 */
export class Http2Servers implements Servers {
  readonly #runtime: Runtime;
  #target: DialTarget;
  readonly #connections: Http2Client[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #dials = new Set<SharedDial>();
  readonly #session = new KeptSession();
  readonly #warmth: Warmth;

  constructor(runtime: Runtime, target: DialTarget) {
    this.#runtime = runtime;
    this.#target = target;
    this.#warmth = new Warmth(runtime, () => this.#dialAhead());
  }

  /** There is a connection to it, or soon will be: none is kept that nobody asks for. */
  get isInUse(): boolean {
    return this.#connections.length > 0 || this.#dials.size > 0 || this.#warmth.isRising;
  }

  /** Follows a change of timeouts, identities, certificate or bundle; the address stays. */
  retarget(target: DialTarget): void {
    this.#target = target;
    const wasInUse = this.#connections.length > 0;
    for (const connection of [...this.#connections]) this.#retireIfStale(connection);
    if (!wasInUse || this.#connections.some((connection) => this.#isCurrent(connection))) return;
    // Whoever asks meanwhile is served by the older one, if it serves at all.
    const served = this.#connections.some((connection) => connection.acceptsStreams);
    this.#warmth.within(served ? RENEW_SPREAD_MS : WARM_SPREAD_MS);
  }

  /** Has a connection ready soon, before a request asks for one. */
  warm(): void {
    if (!this.isInUse) this.#warmth.within(WARM_SPREAD_MS);
  }

  /** Requests under way end in order, new ones find nothing. */
  close(): void {
    this.#warmth.end();
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
    // One that has not heard its peer yet may serve who waits in a moment.
    if (this.#connections.some((connection) => !connection.knowsPeer)) return;
    if (this.#connections.length + opening < SHARED_CONNECTIONS) this.#dial();
  }

  #dialAhead(): void {
    if (this.#dials.size === 0) this.#dial(); // else one is on its way for who waits
  }

  #dial(): void {
    const dial = new SharedDial(this);
    this.#dials.add(dial);
    const failure = dial.begin(this.#runtime, { ...this.#target, session: this.#session });
    if (failure !== undefined) this.dialFailed(dial, failure);
  }

  /** For a dial. */
  dialled(dial: SharedDial, socket: PartySocket, peer: TlsPeer | undefined): void {
    this.#dials.delete(dial);
    const { tunnels } = this.#runtime;
    const gone = () => this.#forget(connection);
    const connection = new Http2Client(this.#runtime, socket, {
      peer,
      authority: this.#target.authority,
      spoke: () => this.#session.keep(socket, peer?.shown),
      freed: () => this.#serveWaiting(),
      gone: peer === undefined ? gone : tunnels.opened('client', socket, peer, gone),
    });
    this.#connections.push(connection);
    this.#succeed(connection);
    this.#serveWaiting();
  }

  /** The new connection takes the place of those that have to go. */
  #succeed(connection: Http2Client): void {
    this.#warmth.ready();
    if (connection.peer === undefined || !this.#isCurrent(connection)) return;
    const now = this.#runtime.deadlines.now();
    for (const other of [...this.#connections]) {
      const ends = other.retireAtMs - RENEW_AHEAD_MS <= now && other !== connection;
      if (ends || !this.#isCurrent(other)) other.drain();
    }
    const renewAtMs = connection.retireAtMs - RENEW_AHEAD_MS;
    if (renewAtMs > now) this.#warmth.at(renewAtMs, RENEW_AHEAD_MS / 2);
  }

  /** For a dial. Another one that is under way may still serve who waits, and so may a stream that ends. */
  dialFailed(dial: SharedDial, failure: DialFailure): void {
    this.#dials.delete(dial);
    this.#warmth.failed();
    const isHopeless = !this.#connections.some(({ isLasting }) => isLasting);
    if (this.#dials.size === 0 && isHopeless) this.#failWaiting(failure);
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
    const upgrades = lessee.request.upgrade !== undefined;
    for (const connection of this.#connections) {
      if (this.#retireIfStale(connection) || (upgrades && !connection.knowsPeer)) continue;
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
    else if (this.#connections.length === 0) this.#lost(connection);
  }

  /** The last connection is gone: if it was needed, so is the next. */
  #lost(connection: Http2Client): void {
    this.#warmth.ready();
    if (connection.peer !== undefined && !connection.rested) this.#warmth.within(WARM_SPREAD_MS);
  }

  /** True: it is not to be used for a new request. */
  #retireIfStale(connection: Http2Client): boolean {
    const { peer } = connection;
    if (peer === undefined) return false;
    const { mesh, deadlines } = this.#runtime;
    const good =
      mesh.stillServes(peer.shown) &&
      deadlines.now() < connection.retireAtMs &&
      this.#target.mesh?.identities.includes(peer.spiffeId) === true;
    if (!good) connection.drain();
    return !good;
  }

  /** It began under the certificate and bundle that are in use now. */
  #isCurrent({ peer }: Http2Client): boolean {
    return peer === undefined || peer.shown === this.#runtime.mesh.credential;
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

import type { SocketError } from '../../ports/index.ts';
import type { Timed } from '../deadlines.ts';
import type { EarlyBytes } from '../early-bytes.ts';
import { IDLE_BODY_MS, IDLE_TUNNEL_MS, KEEPALIVE_MS } from '../limits.ts';
import { Outflow } from '../outflow.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';

/** One of the two connections of a {@link Relay}. */
export interface RelayEnd {
  readonly socket: PartySocket;
  /** What was already read from it. */
  readonly early?: EarlyBytes;
  /** Told once, when it is closed. */
  readonly closed: () => void;
}

/**
 * Carries bytes between two connections, both ways: a slow reader pauses the fast writer, each
 * direction is closed on its own, and a reset of one side is a reset of the other.
 */
export class Relay implements Timed {
  dueMs: number;
  readonly #runtime: Runtime;
  readonly #client: RelaySide;
  readonly #server: RelaySide;
  #moved = false;
  #halfClosed = false;

  constructor(runtime: Runtime, client: RelayEnd, server: RelayEnd) {
    this.#runtime = runtime;
    this.#client = new RelaySide(this, client, runtime);
    this.#server = new RelaySide(this, server, runtime);
    this.#client.other = this.#server;
    this.#server.other = this.#client;
    this.dueMs = this.#nextDueMs();
    runtime.deadlines.add(this);
  }

  /** Takes both connections over and lets them flow. */
  start(): void {
    this.#client.start();
    this.#server.start();
    this.#client.catchUp();
    this.#server.catchUp();
  }

  /** For the sides: bytes passed. */
  moved(): void {
    this.#moved = true;
  }

  /** For the sides: one direction is closed. */
  halfClosed(): void {
    this.#halfClosed = true;
    this.dueMs = this.#nextDueMs();
  }

  /** For the sides: both connections are gone. */
  over(): void {
    this.#runtime.deadlines.remove(this);
  }

  abandon(): void {
    this.#client.reset();
    this.#server.reset();
  }

  expired(): void {
    if (this.#moved) {
      this.#moved = false;
      this.dueMs = this.#nextDueMs();
      return;
    }
    this.#client.reset();
    this.#server.reset();
  }

  #nextDueMs(): number {
    const idleMs = this.#halfClosed ? IDLE_BODY_MS : IDLE_TUNNEL_MS;
    return this.#runtime.deadlines.now() + idleMs;
  }
}

class RelaySide implements Party {
  other: RelaySide | undefined;
  readonly #relay: Relay;
  readonly #end: RelayEnd;
  readonly #outflow: Outflow;
  #open = true;
  #ended = false;

  constructor(relay: Relay, end: RelayEnd, runtime: Runtime) {
    this.#relay = relay;
    this.#end = end;
    this.#outflow = new Outflow(end.socket, runtime.census);
  }

  start(): void {
    this.#end.socket.data = this;
    this.#end.socket.setKeepAlive(true, KEEPALIVE_MS);
    this.#end.socket.resume();
  }

  /** Passes on what arrived before there was a relay. */
  catchUp(): void {
    const { early } = this.#end;
    for (const bytes of early?.parts ?? []) this.received(bytes);
    if (early?.ended === true) this.ended();
  }

  received(bytes: Uint8Array): void {
    this.#relay.moved();
    if (this.other?.send(bytes) === false) this.#end.socket.pause();
  }

  send(bytes: Uint8Array): boolean {
    return !this.#open || this.#outflow.send(bytes);
  }

  drained(): void {
    if (this.#outflow.flush()) this.other?.flows();
  }

  flows(): void {
    if (this.#open) this.#end.socket.resume();
  }

  ended(): void {
    this.#ended = true;
    this.#relay.halfClosed();
    this.other?.finish();
  }

  finish(): void {
    if (this.#open) this.#outflow.finish();
  }

  closed(error: SocketError | undefined): void {
    this.#open = false;
    // A plain socket whose write side is closed tells of the other side's end by closing, without `end`.
    if (error === undefined && !this.#ended && this.#outflow.finished) this.ended();
    this.#outflow.discard();
    this.#end.closed();
    const other = this.other;
    if (other === undefined || !other.#open) {
      this.#relay.over();
    } else if (error !== undefined || !this.#ended || !other.#ended) {
      other.reset(); // both directions were not closed in order: whoever reads must not take it for an end
    }
  }

  reset(): void {
    if (this.#open) this.#end.socket.terminate();
  }
}

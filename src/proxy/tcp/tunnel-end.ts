import type { SocketError } from '../../ports/index.ts';
import { EarlyBytes } from '../early-bytes.ts';
import { KEEPALIVE_MS } from '../limits.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Outflow } from '../outflow.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Flushable } from '../turn.ts';

/** Whose end of a tunnel it is: a half of an exchange. */
export interface TunnelOwner {
  /** Arrived; `ended`: this direction is over. */
  tunnelled(bytes: Buffer, from: number, to: number, ended: boolean): void;
  /** There is room again, after `send` said that there was none. */
  tunnelDrained(): void;
  /** Last: the connection is gone. `inOrder`: after both directions had ended. */
  tunnelClosed(inOrder: boolean): void;
}

/**
 * A connection whose bytes are carried as they are, both ways, each direction being closed on its own. Nothing is
 * told before it is opened.
 */
export class TunnelEnd implements Party, Flushable {
  readonly #socket: PartySocket;
  readonly #outflow: Outflow;
  readonly #owner: TunnelOwner;
  /** What arrived before it was opened; undefined from then on. */
  #early: EarlyBytes | undefined = new EarlyBytes();
  #held = false;
  #ended = false;
  /** `tunnelDrained` is owed. */
  #blocked = false;

  /** Takes the connection over; `outflow`: perhaps with bytes that wait to be written. */
  constructor(socket: PartySocket, outflow: Outflow, owner: TunnelOwner) {
    this.#socket = socket;
    this.#outflow = outflow;
    this.#owner = owner;
    socket.data = this;
    socket.setKeepAlive(true, KEEPALIVE_MS);
  }

  /** Tells what arrived so far, and lets bytes flow. */
  open(): void {
    const early = this.#early;
    this.#early = undefined;
    for (const part of early?.parts ?? []) this.received(part);
    if (early?.ended === true) this.ended();
    if (!this.#held) this.#socket.resume();
  }

  abandon(): void {
    this.reset();
  }

  /** Opened at the end of a turn. */
  flush(): void {
    if (this.#early !== undefined) this.open();
  }

  received(bytes: Buffer): void {
    if (this.#early === undefined) this.#owner.tunnelled(bytes, 0, bytes.length, false);
    else if (!this.#early.add(bytes)) this.reset();
  }

  ended(): void {
    if (this.#early !== undefined) {
      this.#early.ended = true;
      return;
    }
    this.#ended = true;
    this.#owner.tunnelled(NO_BYTES, 0, 0, true);
  }

  /** False: `tunnelDrained` follows when there is room. `ended`: closes this direction, once all is written. */
  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    const room = from === to ? !this.#outflow.full : this.#outflow.send(bytes, from, to);
    if (ended) this.#outflow.finish();
    else if (!room) this.#blocked = true;
    return room;
  }

  drained(): void {
    if (!this.#outflow.flush() || !this.#blocked) return;
    this.#blocked = false;
    this.#owner.tunnelDrained();
  }

  hold(): void {
    this.#held = true;
    this.#socket.pause();
  }

  release(): void {
    this.#held = false;
    if (this.#early === undefined) this.#socket.resume();
  }

  reset(): void {
    this.#socket.terminate();
  }

  closed(error: SocketError | undefined): void {
    const { finished } = this.#outflow;
    // A plain socket whose write side is closed tells of the other side's end by closing, without `end`.
    if (error === undefined && !this.#ended && finished) this.ended();
    this.#outflow.discard();
    this.#owner.tunnelClosed(error === undefined && this.#ended && finished);
  }
}

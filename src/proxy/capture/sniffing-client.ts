import type { Timer } from '../../ports/index.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { type FirstBytes, sniff } from './sniff.ts';

type SniffingParts = Pick<Runtime, 'clock' | 'census'>;

/**
 * A client until its first bytes say what it speaks. One that is not understood in time is opaque TCP: its server
 * may have to speak first.
 */
export class SniffingClient implements Party {
  readonly #runtime: SniffingParts;
  readonly #socket: PartySocket;
  readonly #arrive: (speaks: FirstBytes) => void;
  readonly #timer: Timer;
  /** Less than SNIFF_BYTES: with that many there is a verdict. */
  #held: Buffer = NO_BYTES;

  /**
   * Takes over a connection that was counted as a client's. `arrive` is told once and puts another party in its
   * place, or ends the connection; what was read meanwhile is then received by that party.
   */
  constructor(
    runtime: SniffingParts,
    socket: PartySocket,
    waitMs: number,
    arrive: (speaks: FirstBytes) => void,
  ) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#arrive = arrive;
    this.#timer = runtime.clock.after(waitMs, () => this.#settle('tcp', this.#held));
    socket.data = this;
  }

  received(bytes: Buffer): void {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const verdict = sniff(all);
    if (verdict === 'more') this.#hold(all);
    else this.#settle(verdict, all);
  }

  #hold(all: Buffer): void {
    const copy = Buffer.from(all);
    this.#runtime.census.heldBytes += copy.length - this.#held.length;
    this.#held = copy;
  }

  #settle(verdict: FirstBytes, bytes: Buffer): void {
    this.#release();
    this.#arrive(verdict);
    const successor = this.#socket.data;
    if (successor !== this && bytes.length > 0) successor.received(bytes);
  }

  #release(): void {
    this.#timer.cancel();
    this.#runtime.census.heldBytes -= this.#held.length;
    this.#held = NO_BYTES;
  }

  drained(): void {
    // Nothing is written before the verdict.
  }

  /** It will say no more: what it said is all. */
  ended(): void {
    this.#settle('tcp', this.#held);
    if (this.#socket.data !== this) this.#socket.data.ended();
  }

  closed(): void {
    this.#release();
    this.#runtime.census.clients -= 1;
  }

  /** Nothing was asked yet. */
  drain(): void {
    this.#socket.terminate();
  }
}

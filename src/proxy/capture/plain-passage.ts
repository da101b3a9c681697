import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import { EarlyBytes } from '../early-bytes.ts';
import type { Direction } from '../metrics.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { Relay } from './relay.ts';

/**
 * A captured connection that goes on in plain, past the mesh: nobody is known, so nothing is decided but that the
 * person allowed it. It is not read until its other half is connected.
 */
export class PlainPassage implements Party, Dialler {
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #target: DialTarget;
  readonly #direction: Direction;
  readonly #early = new EarlyBytes();
  #dial: Dial | undefined;

  constructor(runtime: Runtime, socket: PartySocket, target: DialTarget, direction: Direction) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#target = target;
    this.#direction = direction;
    runtime.census.clients += 1;
    socket.data = this;
    socket.pause();
  }

  start(): void {
    const dial = Dial.begin(this.#runtime, this.#target, this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.failed(dial);
  }

  connected(server: PartySocket): void {
    const { census } = this.#runtime;
    census.servers += 1;
    const serverEnd = {
      socket: server,
      closed: () => {
        census.servers -= 1;
      },
    };
    const clientEnd = { socket: this.#socket, early: this.#early, closed: () => this.#release() };
    new Relay(this.#runtime, clientEnd, serverEnd).start();
  }

  failed({ detail }: DialFailure): void {
    this.#runtime.limitedLog.warn('gave a captured connection up', this.#direction, { detail });
    this.#socket.terminate();
  }

  received(bytes: Buffer): void {
    if (!this.#early.add(bytes)) this.#socket.terminate();
  }

  drained(): void {
    // Nothing is written before the relay takes over.
  }

  ended(): void {
    this.#early.ended = true;
  }

  closed(): void {
    this.#dial?.cancel();
    this.#release();
  }

  #release(): void {
    this.#runtime.census.clients -= 1;
  }
}

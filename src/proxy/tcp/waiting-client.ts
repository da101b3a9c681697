import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import { EarlyBytes } from '../early-bytes.ts';
import type { Gate } from '../gate.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Permission } from '../permission.ts';
import { Relay } from '../relay.ts';
import type { TlsPeer } from '../tunnel/index.ts';

/**
 * A client's TCP connection until its other half is connected: it is not read before, so nothing is
 * lost when an attempt fails. Then a {@link Relay} takes both over.
 */
export abstract class WaitingClient implements Party, Dialler {
  readonly #gate: Gate;
  readonly #socket: PartySocket;
  readonly #permission: Permission | undefined;
  readonly #early = new EarlyBytes();
  #dial: Dial | undefined;

  constructor(gate: Gate, socket: PartySocket) {
    this.#gate = gate;
    this.#socket = socket;
    this.#permission = gate.connection(socket.remoteAddress);
    socket.data = this;
    socket.pause();
    gate.metrics.opened();
  }

  /** Decides, and opens the other half or closes this one. */
  start(): void {
    if (this.#permission?.ask() === true) this.open();
    else this.#socket.terminate();
  }

  review(): void {
    if (this.#permission?.holds(undefined) === false) this.#socket.terminate();
  }

  /** Begins to open the other half. */
  protected abstract open(): void;

  abstract connected(server: PartySocket, peer: TlsPeer | undefined): void;
  abstract failed(failure: DialFailure): void;

  protected dial(target: DialTarget): void {
    const dial = Dial.begin(this.#gate.runtime, target, this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.giveUp(dial.detail);
  }

  /** Both halves are there. The certificate of `peer` bounds the tunnel's life; `callee`: it is who serves. */
  protected join(server: PartySocket, peer: TlsPeer, callee: TlsPeer | undefined): void {
    const { runtime } = this.#gate;
    const { census, clock, deadlines } = runtime;
    census.servers += 1;
    const endsAtMs = deadlines.now() + (peer.notAfterMs - clock.now());
    const clientEnd = { socket: this.#socket, early: this.#early, closed: () => this.#release() };
    const serverEnd = {
      socket: server,
      closed: () => {
        census.servers -= 1;
      },
    };
    const grant = { permission: this.#permission, callee, endsAtMs };
    new Relay(runtime, clientEnd, serverEnd, grant).start();
  }

  protected giveUp(why: string): void {
    const { runtime, metrics } = this.#gate;
    const { direction } = metrics.labels;
    runtime.limitedLog.warn('gave a connection up', direction, { ...metrics.labels, why });
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
    this.#gate.runtime.census.clients -= 1;
    this.#gate.metrics.closed();
  }
}

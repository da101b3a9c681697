import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import { EarlyBytes } from '../early-bytes.ts';
import type { PairMetrics } from '../metrics.ts';
import type { Party, PartySocket } from '../party.ts';
import { Relay } from '../relay.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';

/**
 * A client's TCP connection until its other half is connected: it is not read before, so nothing is
 * lost when an attempt fails. Then a {@link Relay} takes both over.
 */
export abstract class WaitingClient implements Party, Dialler {
  protected readonly runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #metrics: PairMetrics;
  readonly #early = new EarlyBytes();
  #dial: Dial | undefined;

  constructor(runtime: Runtime, socket: PartySocket, metrics: PairMetrics) {
    this.runtime = runtime;
    this.#socket = socket;
    this.#metrics = metrics;
    socket.data = this;
    socket.pause();
    metrics.opened();
  }

  /** No policy lets it through. */
  refuse(): void {
    this.#socket.terminate();
  }

  abstract connected(server: PartySocket, peer: TlsPeer | undefined): void;
  abstract failed(failure: DialFailure): void;

  protected dial(target: DialTarget): void {
    const dial = Dial.begin(this.runtime, target, this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.giveUp(dial.detail);
  }

  /** Both halves are there. `peer` is the one whose certificate bounds the tunnel's life. */
  protected join(server: PartySocket, peer: TlsPeer): void {
    const { census, clock, deadlines } = this.runtime;
    census.servers += 1;
    const endsAtMs = deadlines.now() + (peer.notAfterMs - clock.now());
    const clientEnd = { socket: this.#socket, early: this.#early, closed: () => this.#release() };
    const serverEnd = {
      socket: server,
      closed: () => {
        census.servers -= 1;
      },
    };
    new Relay(this.runtime, clientEnd, serverEnd, endsAtMs).start();
  }

  protected giveUp(why: string): void {
    this.runtime.log.warn('gave a connection up', { ...this.#metrics.labels, why });
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
    this.runtime.census.clients -= 1;
    this.#metrics.closed();
  }
}

import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import { EarlyBytes } from '../early-bytes.ts';
import type { PairMetrics } from '../metrics.ts';
import type { Party, PartySocket } from '../party.ts';
import { Relay } from '../relay.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';

/** A peer's TCP connection to our application, verified and allowed, until the application is connected. */
export class TcpIngress implements Party, Dialler {
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #peer: TlsPeer;
  readonly #metrics: PairMetrics;
  readonly #early = new EarlyBytes();
  #dial: Dial | undefined;
  #closed = false;

  constructor(runtime: Runtime, socket: PartySocket, peer: TlsPeer, metrics: PairMetrics) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#peer = peer;
    this.#metrics = metrics;
  }

  start(application: DialTarget): void {
    this.#socket.pause();
    this.#metrics.opened();
    const dial = Dial.begin(this.#runtime, application, this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.failed(dial);
  }

  connected(server: PartySocket): void {
    const { census, clock, deadlines } = this.#runtime;
    census.servers += 1;
    const endsAtMs = deadlines.now() + (this.#peer.notAfterMs - clock.now());
    const client = { socket: this.#socket, early: this.#early, closed: () => this.#release() };
    const onServerClosed = () => {
      census.servers -= 1;
    };
    new Relay(this.#runtime, client, { socket: server, closed: onServerClosed }, endsAtMs).start();
  }

  failed({ detail }: DialFailure): void {
    const why = `the application does not listen: ${detail}`;
    this.#runtime.log.warn('gave a connection up', { ...this.#metrics.labels, why });
    this.#socket.terminate();
  }

  received(bytes: Buffer): void {
    if (!this.#early.add(bytes)) this.#socket.terminate();
  }

  /** No policy lets it through. */
  refuse(): void {
    this.#metrics.opened();
    this.#socket.terminate();
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
    if (this.#closed) return;
    this.#closed = true;
    this.#runtime.census.clients -= 1;
    this.#metrics.closed();
  }
}

import type { SocketError } from '../../ports/index.ts';
import type { SnapshotEndpoint } from '../../snapshot/index.ts';
import { Dial, type DialFailure, type Dialler } from '../dial.ts';
import { EarlyBytes } from '../early-bytes.ts';
import { CONNECT_ATTEMPTS } from '../limits.ts';
import type { PairMetrics } from '../metrics.ts';
import type { Party, PartySocket } from '../party.ts';
import { Relay } from '../relay.ts';
import type { Runtime } from '../runtime.ts';
import { dialTargetOf, type ServiceTarget } from '../service-target.ts';
import type { TlsPeer } from '../tunnel/index.ts';

/**
 * A TCP connection of our application to a service, until a sidecar of that service is connected:
 * it is not read before, so nothing is held, and the next endpoint can be tried as if nothing were.
 */
export class TcpEgress implements Party, Dialler {
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #target: ServiceTarget;
  readonly #metrics: PairMetrics;
  readonly #tried: SnapshotEndpoint[] = [];
  readonly #early = new EarlyBytes();
  #dial: Dial | undefined;
  #closed = false;

  constructor(runtime: Runtime, socket: PartySocket, target: ServiceTarget, metrics: PairMetrics) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#target = target;
    this.#metrics = metrics;
  }

  /** The connection was allowed: finds an endpoint for it. */
  start(): void {
    this.#socket.pause();
    this.#metrics.opened();
    this.#next('no endpoint is ready');
  }

  #next(why: string): void {
    const { service, balancer } = this.#target;
    const endpoint = balancer.pick(this.#tried);
    if (service === undefined || endpoint === undefined || this.#tried.length >= CONNECT_ATTEMPTS) {
      this.#give(why);
      return;
    }
    this.#tried.push(endpoint);
    const dial = Dial.begin(this.#runtime, dialTargetOf(service, endpoint), this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.#give(dial.detail);
  }

  connected(server: PartySocket, peer: TlsPeer | undefined): void {
    const { census, clock, deadlines } = this.#runtime;
    const endpoint = this.#tried.at(-1);
    if (endpoint !== undefined) this.#target.balancer.succeeded(endpoint);
    census.servers += 1;
    const endsAtMs = deadlines.now() + ((peer?.notAfterMs ?? 0) - clock.now());
    const client = { socket: this.#socket, early: this.#early, closed: () => this.#release() };
    const onServerClosed = () => {
      census.servers -= 1;
    };
    new Relay(this.#runtime, client, { socket: server, closed: onServerClosed }, endsAtMs).start();
  }

  failed(failure: DialFailure): void {
    const endpoint = this.#tried.at(-1);
    if (endpoint !== undefined) this.#target.balancer.failed(endpoint);
    this.#next(failure.detail);
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

  closed(_error: SocketError | undefined): void {
    this.#dial?.cancel();
    this.#release();
  }

  #give(why: string): void {
    this.#runtime.log.warn('gave a connection up', { ...this.#metrics.labels, why });
    this.#socket.terminate();
  }

  #release(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#runtime.census.clients -= 1;
    this.#metrics.closed();
  }
}

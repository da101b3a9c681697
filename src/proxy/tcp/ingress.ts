import type { DialFailure, DialTarget } from '../dial.ts';
import type { PairMetrics } from '../metrics.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import { WaitingClient } from './waiting-client.ts';

/** A peer's TCP connection to our application; the peer is verified. */
export class TcpIngress extends WaitingClient {
  readonly #peer: TlsPeer;

  constructor(runtime: Runtime, socket: PartySocket, peer: TlsPeer, metrics: PairMetrics) {
    super(runtime, socket, metrics);
    this.#peer = peer;
  }

  /** The connection was allowed. */
  start(application: DialTarget): void {
    this.dial(application);
  }

  connected(server: PartySocket): void {
    this.join(server, this.#peer);
  }

  failed({ detail }: DialFailure): void {
    this.giveUp(`the application does not listen: ${detail}`);
  }
}

import type { DialFailure, DialTarget } from '../dial.ts';
import type { Gate } from '../gate.ts';
import type { PartySocket } from '../party.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import { WaitingClient } from './waiting-client.ts';

/** A peer's TCP connection to our application; the peer is verified. */
export class TcpIngress extends WaitingClient {
  readonly #peer: TlsPeer;
  readonly #application: DialTarget;

  constructor(gate: Gate, socket: PartySocket, peer: TlsPeer, application: DialTarget) {
    super(gate, socket);
    this.#peer = peer;
    this.#application = application;
  }

  protected open(): void {
    this.dial(this.#application);
  }

  connected(server: PartySocket): void {
    this.join(server, this.#peer, undefined);
  }

  failed({ detail }: DialFailure): void {
    this.giveUp(`the application does not listen: ${detail}`);
  }
}

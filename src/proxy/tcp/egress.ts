import type { SnapshotEndpoint } from '../../snapshot/index.ts';
import type { DialFailure } from '../dial.ts';
import type { Gate } from '../gate.ts';
import { CONNECT_ATTEMPTS } from '../limits.ts';
import type { PartySocket } from '../party.ts';
import { dialTargetOf, type ServiceTarget } from '../service-target.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import { WaitingClient } from './waiting-client.ts';

/** A TCP connection of our application to a service: goes from endpoint to endpoint until one is connected. */
export class TcpEgress extends WaitingClient {
  readonly #target: ServiceTarget;
  readonly #tried: SnapshotEndpoint[] = [];

  constructor(gate: Gate, socket: PartySocket, target: ServiceTarget) {
    super(gate, socket);
    this.#target = target;
  }

  protected open(): void {
    this.#next('no endpoint is ready');
  }

  #next(why: string): void {
    const { service, balancer } = this.#target;
    const endpoint = balancer.pick(this.#tried);
    if (service === undefined || endpoint === undefined || this.#tried.length >= CONNECT_ATTEMPTS) {
      this.giveUp(why);
      return;
    }
    this.#tried.push(endpoint);
    this.dial(dialTargetOf(service, endpoint));
  }

  connected(server: PartySocket, peer: TlsPeer | undefined): void {
    const endpoint = this.#tried.at(-1);
    if (endpoint === undefined || peer === undefined) {
      server.terminate(); // a dial into the mesh has both
      return;
    }
    this.#target.balancer.succeeded(endpoint);
    this.join(server, peer, peer);
  }

  failed(failure: DialFailure): void {
    const endpoint = this.#tried.at(-1);
    if (endpoint !== undefined) this.#target.balancer.failed(endpoint);
    this.#next(failure.detail);
  }
}

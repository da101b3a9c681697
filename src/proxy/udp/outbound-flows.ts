import type { ServiceKey } from '../../core/index.ts';
import type { DatagramHandlers, DatagramSocket, SocketAddress } from '../../ports/index.ts';
import type { DatagramMetrics } from '../datagram-metrics.ts';
import type { Timed } from '../deadlines.ts';
import type { AcceptRequest } from '../http/halves.ts';
import { FLOW_REST_MS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { ClientFlow, type FlowOwner } from './client-flow.ts';

/** The application's datagrams to one service, at one place: a flow for each address and port that they come from. */
export class OutboundFlows implements DatagramHandlers, FlowOwner, Timed {
  /** Due at each tick: it looks at those that rest. */
  readonly dueMs = Number.NEGATIVE_INFINITY;
  readonly #runtime: Runtime;
  readonly #metrics: DatagramMetrics;
  readonly #place: SocketAddress;
  readonly #begin: (flow: ClientFlow) => void;
  readonly #flows = new Map<string, ClientFlow>();
  /** Flows that were refused or broke, in the order in which they are forgotten, and when. */
  readonly #resting = new Map<ClientFlow, number>();
  #socket: DatagramSocket | undefined;

  /** `accept`: takes what comes from an address. */
  constructor(
    runtime: Runtime,
    service: ServiceKey,
    place: SocketAddress,
    accept: (sourceIp: string) => AcceptRequest,
  ) {
    this.#runtime = runtime;
    this.#metrics = runtime.metrics.datagrams(service, 'outbound');
    this.#place = place;
    this.#begin = (flow) => flow.start(accept(flow.from.host));
  }

  /**
   * Takes datagrams from now on, or no more.
   *
   * @throws ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  follow(isOpen: boolean): void {
    if (!isOpen) this.stop();
    else if (this.#socket === undefined) {
      this.#socket = this.#runtime.datagrams.bind(this.#place, this);
      this.#runtime.deadlines.add(this);
    }
  }

  /** A flow has no end to wait for: all of them end. If another sidecar takes over, their next datagrams begin anew there. */
  stop(): void {
    if (this.#socket === undefined) return;
    this.#runtime.deadlines.remove(this);
    this.#socket.close();
    this.#socket = undefined;
    for (const flow of [...this.#flows.values()]) flow.gone(true);
    for (const flow of this.#resting.keys()) this.#forget(flow);
    this.#resting.clear();
  }

  received(bytes: Uint8Array, from: SocketAddress): void {
    const key = `${from.host} ${from.port}`;
    const flow = this.#flows.get(key) ?? this.#new(key, from);
    flow?.received(bytes);
  }

  #new(key: string, from: SocketAddress): ClientFlow | undefined {
    const { flows, census } = this.#runtime;
    if (!flows.hasPlace) {
      this.#metrics.dropped('too-many-flows');
      return undefined;
    }
    census.flows += 1;
    census.clients += 1;
    const flow = new ClientFlow(this.#runtime, this.#metrics, this, key, from);
    this.#flows.set(key, flow);
    this.#begin(flow);
    return flow;
  }

  answer({ from }: ClientFlow, datagram: Buffer): boolean {
    return this.#socket?.send(datagram, from) === true;
  }

  over(flow: ClientFlow, inOrder: boolean): void {
    if (inOrder) this.#forget(flow);
    else this.#resting.set(flow, this.#runtime.deadlines.now() + FLOW_REST_MS);
  }

  #forget(flow: ClientFlow): void {
    this.#flows.delete(flow.key);
    this.#runtime.census.flows -= 1;
    this.#runtime.census.clients -= 1;
  }

  abandon(): void {
    this.stop();
  }

  expired(): void {
    const now = this.#runtime.deadlines.now();
    for (const [flow, untilMs] of this.#resting) {
      if (untilMs > now) return;
      this.#resting.delete(flow);
      this.#forget(flow);
    }
  }
}

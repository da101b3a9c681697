import type { ServiceKey } from '../../core/index.ts';
import type { SocketAddress } from '../../ports/index.ts';
import type { DatagramMetrics } from '../datagram-metrics.ts';
import type { LeaseFailure, Lessee, Servers } from '../http/halves.ts';
import { FLOWS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { ServerFlow } from './server-flow.ts';

/** The flows to an application that takes datagrams: one for each exchange. */
export class UdpServers implements Servers {
  readonly #runtime: Runtime;
  readonly #target: SocketAddress;
  readonly #metrics: DatagramMetrics;

  constructor(runtime: Runtime, service: ServiceKey, target: SocketAddress) {
    this.#runtime = runtime;
    this.#target = target;
    this.#metrics = runtime.metrics.datagrams(service, 'inbound');
  }

  lease(lessee: Lessee): void {
    if (!this.#runtime.flows.hasPlace) {
      this.#metrics.dropped('too-many-flows');
      lessee.unleased(TOO_MANY);
      return;
    }
    const flow = new ServerFlow(this.#runtime, this.#metrics, lessee);
    try {
      flow.open(this.#target);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      lessee.unleased({ stage: 'connect', reason: 'unreachable', detail });
      return;
    }
    lessee.leased(flow);
  }
}

const TOO_MANY: LeaseFailure = {
  stage: 'pool',
  reason: 'full',
  detail: `${FLOWS} flows of datagrams are under way`,
};

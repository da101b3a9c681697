import type { ServiceKey } from '../core/index.ts';
import type { SocketListener } from '../ports/index.ts';
import { authorize } from './authorize.ts';
import { Downstream, EgressHop, EndpointPools } from './http1/index.ts';
import type { PairMetrics } from './metrics.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import type { Runtime } from './runtime.ts';
import { ServiceTarget } from './service-target.ts';
import { TcpEgress } from './tcp/index.ts';

/** Plain in from the application, mutual TLS out: one service of the mesh. */
export class OutboundListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #target: ServiceTarget;
  readonly #pools: EndpointPools;
  #hop: EgressHop | undefined;

  constructor(runtime: Runtime, service: ServiceKey) {
    this.#runtime = runtime;
    this.#service = service;
    this.#target = new ServiceTarget(runtime);
    this.#pools = new EndpointPools(runtime);
    this.update();
  }

  listen({ host, port }: { readonly host: string; readonly port: number }): SocketListener {
    const { sockets, connections, log } = this.#runtime;
    const handlers = partyHandlers(connections, log, (socket) => this.#accept(socket));
    return sockets.listen({ host, port }, handlers);
  }

  /** The view or the identity changed. */
  update(): void {
    const service = this.#runtime.mesh.view?.services.get(this.#service);
    this.#target.update(service);
    this.#pools.update(service);
  }

  #accept(socket: PartySocket): void {
    const { census, maxClients } = this.#runtime;
    census.clients += 1;
    const metrics = this.#metrics();
    if (this.#target.service?.protocol === 'tcp') {
      const egress = new TcpEgress(this.#runtime, socket, this.#target, metrics);
      if (this.#mayConnect(socket, metrics)) egress.start();
      else egress.refuse();
    } else {
      new Downstream(this.#runtime, socket, this.#hopFor(metrics)).start();
    }
    if (census.clients > maxClients) socket.terminate();
  }

  #mayConnect(socket: PartySocket, metrics: PairMetrics): boolean {
    const { view, credential } = this.#runtime.mesh;
    if (view === undefined || credential === undefined) return false;
    const request = {
      principal: credential.spiffeId,
      resource: this.#service,
      sourceIp: socket.remoteAddress,
      action: 'connect',
    } as const;
    return authorize(this.#runtime, view, request, metrics);
  }

  #metrics(): PairMetrics {
    const source = this.#runtime.mesh.credential?.account ?? 'unknown';
    return this.#runtime.metrics.pair(source, this.#service, 'outbound');
  }

  /** One hop for all connections, until our identity's name changes. */
  #hopFor(metrics: PairMetrics): EgressHop {
    if (this.#hop?.metrics !== metrics) {
      this.#hop = new EgressHop(this.#runtime, this.#service, this.#target, this.#pools, metrics);
    }
    return this.#hop;
  }
}

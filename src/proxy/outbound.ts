import type { ServiceKey } from '../core/index.ts';
import type { SocketListener } from '../ports/index.ts';
import { Gate } from './gate.ts';
import { Downstream, EgressHop, EndpointPools } from './http1/index.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import type { Runtime } from './runtime.ts';
import { ServiceTarget } from './service-target.ts';
import { TcpEgress } from './tcp/index.ts';
import { carriageOf } from './tunnel/index.ts';

/** Plain in from the application, mutual TLS out: one service of the mesh. */
export class OutboundListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #target: ServiceTarget;
  readonly #pools: EndpointPools;
  #hop: EgressHop | undefined;
  /** Whose {@link #hop} it is. */
  #account: string | undefined;

  constructor(runtime: Runtime, service: ServiceKey) {
    this.#runtime = runtime;
    this.#service = service;
    this.#target = new ServiceTarget(runtime);
    this.#pools = new EndpointPools(runtime);
    this.update();
  }

  listen({ host, port }: { readonly host: string; readonly port: number }): SocketListener {
    const { applicationSockets, connections, log } = this.#runtime;
    const handlers = partyHandlers(connections, log, (socket) => this.accept(socket));
    return applicationSockets.listen({ host, port }, handlers);
  }

  /** The view or the identity changed. */
  update(): void {
    const service = this.#runtime.mesh.view?.services.get(this.#service);
    this.#target.update(service);
    this.#pools.update(service);
  }

  /** Takes a connection of the application, however it came. */
  accept(socket: PartySocket): void {
    const { census, maxClients } = this.#runtime;
    census.clients += 1;
    const hop = this.#currentHop();
    if (carriageOf(this.#target.service?.protocol ?? 'http') === 'tcp') {
      new TcpEgress(hop.gate, socket, this.#target).start();
    } else {
      new Downstream(this.#runtime, socket, hop).start();
    }
    if (census.clients > maxClients) socket.terminate();
  }

  /** One for all connections, until our identity's name changes. */
  #currentHop(): EgressHop {
    const account = this.#runtime.mesh.credential?.account;
    if (this.#hop === undefined || this.#account !== account) {
      const gate = Gate.leaving(this.#runtime, this.#service);
      this.#hop = new EgressHop(gate, this.#target, this.#pools);
      this.#account = account;
    }
    return this.#hop;
  }
}

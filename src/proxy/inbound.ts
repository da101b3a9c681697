import type { ServiceKey, ServiceProtocol } from '../core/index.ts';
import type { SocketListener } from '../ports/index.ts';
import type { DialTarget } from './dial.ts';
import { ProxyError } from './errors.ts';
import { Gate } from './gate.ts';
import { Downstream, IngressHop, Pool } from './http1/index.ts';
import { LOCAL_CONNECT_TIMEOUT_MS } from './limits.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import type { Runtime } from './runtime.ts';
import { TcpIngress } from './tcp/index.ts';
import { Acceptance, carriageOf, type TlsPeer, tunnelServerName } from './tunnel/index.ts';

/** Mutual TLS in, plain to the application: one service, whose protocol the trust repository says. */
export class InboundListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #application: DialTarget;
  readonly #pool: Pool;

  constructor(
    runtime: Runtime,
    service: ServiceKey,
    target: { readonly host: string; readonly port: number },
  ) {
    this.#runtime = runtime;
    this.#service = service;
    this.#application = {
      ...target,
      connectTimeoutMs: LOCAL_CONNECT_TIMEOUT_MS,
      sockets: runtime.applicationSockets,
    };
    this.#pool = new Pool(runtime, this.#application);
  }

  listen({ host, port }: { readonly host: string; readonly port: number }): SocketListener {
    const { mesh, sockets, connections, log } = this.#runtime;
    const tls = mesh.credential?.context;
    if (tls === undefined) {
      throw new ProxyError(
        'NO_IDENTITY',
        `${this.#service} cannot be served on ${host}:${port} yet`,
      );
    }
    const handlers = partyHandlers(connections, log, (socket) => this.#accept(socket));
    return sockets.listen({ host, port, tls }, handlers);
  }

  #accept(socket: PartySocket): void {
    const { census, maxClients } = this.#runtime;
    census.clients += 1;
    socket.data = new Acceptance(
      this.#runtime,
      socket,
      tunnelServerName(this.#service, this.#protocol()),
      (peer) => this.#arrive(socket, peer),
    );
    if (census.clients > maxClients) socket.terminate();
  }

  #protocol(): ServiceProtocol {
    return this.#runtime.mesh.view?.services.get(this.#service)?.protocol ?? 'http';
  }

  #arrive(socket: PartySocket, peer: TlsPeer): void {
    const gate = Gate.entering(this.#runtime, this.#service, peer, this.#application.port);
    if (carriageOf(this.#protocol()) === 'http') {
      const hop = new IngressHop(gate, peer, this.#pool);
      new Downstream(this.#runtime, socket, hop).start();
    } else {
      new TcpIngress(gate, socket, peer, this.#application).start();
    }
  }
}

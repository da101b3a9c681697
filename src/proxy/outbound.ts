import { SelvageError, type ServiceKey } from '../core/index.ts';
import type { SocketAddress, SocketListener } from '../ports/index.ts';
import { NEVER } from './deadlines.ts';
import { Gate } from './gate.ts';
import { type AcceptRequest, beginExchange, EgressHop } from './http/index.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import { takePlainClient } from './plain-client.ts';
import type { Runtime } from './runtime.ts';
import { EndpointServers, ServiceTarget, type Warm } from './service-target.ts';
import { OutboundFlows } from './udp/index.ts';

/** Plain in from the application, mutual TLS out: one service of the mesh. */
export class OutboundListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #target: ServiceTarget;
  readonly #servers: EndpointServers;
  readonly #flows = new Set<OutboundFlows>();
  #hop: EgressHop | undefined;
  /** Whose {@link #hop} it is. */
  #account: string | undefined;

  constructor(runtime: Runtime, service: ServiceKey, warm: Warm = 'in-use') {
    this.#runtime = runtime;
    this.#service = service;
    this.#target = new ServiceTarget(runtime);
    this.#servers = new EndpointServers(runtime, warm);
    this.update();
  }

  listen({ host, port }: SocketAddress): SocketListener {
    const { applicationSockets, connections, log } = this.#runtime;
    const handlers = partyHandlers(connections, log, (socket) => this.accept(socket));
    const listener = applicationSockets.listen({ host, port }, handlers);
    const flows = this.#flowsAt({ host, port: listener.port });
    const stop = () => {
      listener.stop();
      flows.stop();
      this.#flows.delete(flows);
    };
    try {
      flows.follow(this.#takesDatagrams);
    } catch (error) {
      stop();
      throw error;
    }
    return { port: listener.port, stop };
  }

  #flowsAt(place: SocketAddress): OutboundFlows {
    const flows = new OutboundFlows(this.#runtime, this.#service, place, (sourceIp) =>
      this.#acceptFrom(sourceIp),
    );
    this.#flows.add(flows);
    return flows;
  }

  get #takesDatagrams(): boolean {
    return this.#target.service?.protocol === 'udp';
  }

  /** The view or the identity changed. */
  update(): void {
    const service = this.#runtime.mesh.view?.services.get(this.#service);
    this.#target.update(service);
    this.#servers.update(service);
    for (const flows of this.#flows) this.#follow(flows);
  }

  /** A service may begin to take datagrams, or cease to. */
  #follow(flows: OutboundFlows): void {
    try {
      flows.follow(this.#takesDatagrams);
    } catch (error) {
      if (!(error instanceof SelvageError)) throw error;
      // It is tried again at the next change; everything else goes on.
      const service = this.#service;
      this.#runtime.log.error('datagrams to a service are not taken', { service, error });
    }
  }

  /** Takes a connection of the application, however it came. */
  accept(socket: PartySocket): void {
    const { census, maxClients } = this.#runtime;
    census.clients += 1;
    const { gate } = this.#currentHop();
    takePlainClient(this.#runtime, socket, this.#target.service?.protocol, {
      accept: this.#acceptFrom(socket.remoteAddress),
      refused: (reply) => gate.refused(reply),
      endsAtMs: NEVER, // it shows no certificate
    });
    if (census.clients > maxClients) socket.terminate();
  }

  #acceptFrom(sourceIp: string): AcceptRequest {
    const hop = this.#currentHop();
    return (head, client, ended) => beginExchange(head, client, ended, hop, sourceIp);
  }

  /** One for all connections, until our identity's name changes. */
  #currentHop(): EgressHop {
    const account = this.#runtime.mesh.credential?.account;
    if (this.#hop === undefined || this.#account !== account) {
      const gate = Gate.leaving(this.#runtime, this.#service);
      this.#hop = new EgressHop(gate, this.#target, this.#servers);
      this.#account = account;
    }
    return this.#hop;
  }
}

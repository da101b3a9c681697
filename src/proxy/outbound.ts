import { SelvageError, type ServiceKey } from '../core/index.ts';
import type { SocketAddress, SocketListener } from '../ports/index.ts';
import { type FirstBytes, SniffingClient } from './capture/index.ts';
import { Gate } from './gate.ts';
import { beginExchange } from './http/admission.ts';
import { EgressHop } from './http/egress-hop.ts';
import type { AcceptRequest } from './http/halves.ts';
import type { Reply } from './http/reply.ts';
import { Http1ClientConnection } from './http1/index.ts';
import { Http2Server } from './http2/index.ts';
import { SNIFF_WAIT_MS } from './limits.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import type { Runtime } from './runtime.ts';
import { EndpointServers, ServiceTarget, type Warm } from './service-target.ts';
import { TcpClientConnection } from './tcp/index.ts';
import { OutboundFlows } from './udp/index.ts';

/** It shows no certificate. */
const APPLICATION = { endsAtMs: Number.POSITIVE_INFINITY, isSidecar: false };

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
    const protocol = this.#target.service?.protocol;
    if (protocol === 'auto') {
      new SniffingClient(this.#runtime, socket, SNIFF_WAIT_MS, (speaks) =>
        this.#arrive(socket, speaks),
      );
    } else {
      this.#arrive(socket, protocol === 'tcp' ? 'tcp' : 'http1');
    }
    if (census.clients > maxClients) socket.terminate();
  }

  #arrive(socket: PartySocket, speaks: FirstBytes): void {
    const hop = this.#currentHop();
    const accept = this.#acceptFrom(socket.remoteAddress);
    const refused = (reply: Reply) => hop.gate.refused(reply);
    const spokeHttp2 = (early?: Buffer) =>
      new Http2Server(this.#runtime, socket, accept, refused, APPLICATION).start(early);
    switch (speaks) {
      case 'http1':
        new Http1ClientConnection(this.#runtime, socket, { accept, refused, spokeHttp2 }).start();
        return;
      case 'http2':
        spokeHttp2();
        return;
      default:
        new TcpClientConnection(this.#runtime, socket, accept).start();
    }
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

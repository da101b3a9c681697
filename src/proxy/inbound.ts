import type { ServiceKey } from '../core/index.ts';
import type { SocketAddress, SocketListener } from '../ports/index.ts';
import { Application } from './application.ts';
import { ProxyError } from './errors.ts';
import { Gate } from './gate.ts';
import { type AcceptRequest, beginExchange, IngressHop, type Reply } from './http/index.ts';
import { Http2Server } from './http2/index.ts';
import { LOCAL_CONNECT_TIMEOUT_MS } from './limits.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import { PeerShares } from './peer-shares.ts';
import type { Runtime } from './runtime.ts';
import { Acceptance, type TlsPeer, tunnelServerName } from './tunnel/index.ts';

/** Mutual TLS in, plain to the application: one service, whose protocol the trust repository says. */
export class InboundListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #port: number;
  readonly #application: Application;
  /** Of its tunnels. */
  readonly #shares: PeerShares;

  constructor(runtime: Runtime, service: ServiceKey, target: SocketAddress) {
    this.#runtime = runtime;
    this.#service = service;
    this.#port = target.port;
    this.#shares = new PeerShares(runtime.maxClients);
    this.#application = new Application(runtime, service, {
      ...target,
      connectTimeoutMs: LOCAL_CONNECT_TIMEOUT_MS,
      sockets: runtime.applicationSockets,
    });
  }

  listen({ host, port }: SocketAddress): SocketListener {
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
    socket.data = new Acceptance(this.#runtime, socket, tunnelServerName(this.#service), (peer) =>
      this.#arrive(socket, peer),
    );
    if (census.clients > maxClients) socket.terminate();
  }

  #arrive(socket: PartySocket, peer: TlsPeer): void {
    const { spiffeId } = peer;
    const gone = this.#shares.take(spiffeId);
    if (gone === undefined) {
      const address = socket.remoteAddress;
      this.#runtime.limitedLog.warn('refused a peer', 'too-many', { spiffeId, address });
      socket.terminate();
      return;
    }
    const gate = Gate.entering(this.#runtime, this.#service, peer, this.#port);
    const hop = new IngressHop(gate, peer, this.#application);
    const sourceIp = socket.remoteAddress;
    const accept: AcceptRequest = (head, client, ended) =>
      beginExchange(head, client, ended, hop, sourceIp);
    const refused = (reply: Reply) => gate.refused(reply);
    const { endsAtMs } = hop;
    const closed = this.#runtime.tunnels.opened('server', socket, peer, gone);
    const options = { endsAtMs, isSidecar: true, gone: closed };
    new Http2Server(this.#runtime, socket, accept, refused, options).start();
  }
}

import type { ServiceKey, SpiffeId } from '../core/index.ts';
import type { SocketListener } from '../ports/index.ts';
import { Application } from './application.ts';
import { ProxyError } from './errors.ts';
import { Gate } from './gate.ts';
import { type AcceptRequest, beginExchange, IngressHop, type Reply } from './http/index.ts';
import { Http2Server } from './http2/index.ts';
import { LOCAL_CONNECT_TIMEOUT_MS, PEER_SHARE } from './limits.ts';
import { type PartySocket, partyHandlers } from './party.ts';
import type { Runtime } from './runtime.ts';
import { Acceptance, type TlsPeer, tunnelServerName } from './tunnel/index.ts';

/** Mutual TLS in, plain to the application: one service, whose protocol the trust repository says. */
export class InboundListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #port: number;
  readonly #application: Application;
  /** Open now, by who is at the other end. */
  readonly #tunnels = new Map<SpiffeId, number>();

  constructor(
    runtime: Runtime,
    service: ServiceKey,
    target: { readonly host: string; readonly port: number },
  ) {
    this.#runtime = runtime;
    this.#service = service;
    this.#port = target.port;
    this.#application = new Application(runtime, service, {
      ...target,
      connectTimeoutMs: LOCAL_CONNECT_TIMEOUT_MS,
      sockets: runtime.applicationSockets,
    });
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
    socket.data = new Acceptance(this.#runtime, socket, tunnelServerName(this.#service), (peer) =>
      this.#arrive(socket, peer),
    );
    if (census.clients > maxClients) socket.terminate();
  }

  #arrive(socket: PartySocket, peer: TlsPeer): void {
    const { spiffeId } = peer;
    if (!this.#admits(spiffeId)) {
      const address = socket.remoteAddress;
      this.#runtime.limitedLog.warn('refused a peer', 'too-many', { spiffeId, address });
      socket.terminate();
      return;
    }
    this.#count(spiffeId, 1);
    const gone = () => this.#count(spiffeId, -1);
    const gate = Gate.entering(this.#runtime, this.#service, peer, this.#port);
    const hop = new IngressHop(gate, peer, this.#application);
    const sourceIp = socket.remoteAddress;
    const accept: AcceptRequest = (head, client, ended) =>
      beginExchange(head, client, ended, hop, sourceIp);
    const refused = (reply: Reply) => gate.refused(reply);
    const { endsAtMs } = hop;
    const options = { endsAtMs, isSidecar: true, gone };
    new Http2Server(this.#runtime, socket, accept, refused, options).start();
  }

  /** One identity, of however many sidecars, is not to take the place of all others. */
  #admits(peer: SpiffeId): boolean {
    const most = Math.max(1, this.#runtime.maxClients * PEER_SHARE);
    return (this.#tunnels.get(peer) ?? 0) < most;
  }

  #count(peer: SpiffeId, change: number): void {
    const count = (this.#tunnels.get(peer) ?? 0) + change;
    if (count === 0) this.#tunnels.delete(peer);
    else this.#tunnels.set(peer, count);
  }
}

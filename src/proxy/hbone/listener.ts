import { SelvageError, type ServiceKey } from '../../core/index.ts';
import type { SocketAddress, SocketListener } from '../../ports/index.ts';
import { Application } from '../application.ts';
import { ProxyError } from '../errors.ts';
import { Gate } from '../gate.ts';
import { IngressHop } from '../http/ingress-hop.ts';
import { Http2Server } from '../http2/index.ts';
import { LOCAL_CONNECT_TIMEOUT_MS } from '../limits.ts';
import type { Credential } from '../mesh-view.ts';
import { type PartySocket, partyHandlers } from '../party.ts';
import { type GiveBack, PeerShares } from '../peer-shares.ts';
import type { Runtime } from '../runtime.ts';
import { Acceptance, type TlsPeer } from '../tunnel/index.ts';
import { Tunnels } from './tunnels.ts';

/**
 * HTTP/2 CONNECT over mutual TLS, as Istio's ztunnel speaks it: for peers that are no sidecars of ours. They ask for no
 * server name, and for HTTP/2 by ALPN. The runtime forgets ALPN when it shows another certificate than the
 * listener's, so a new certificate is a new listener on the same port.
 */
export class HboneListener {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #place: SocketAddress;
  readonly #application: Application;
  readonly #applicationPort: number;
  /** What peers may ask for. */
  readonly #authorities: readonly string[];
  /** Of its connections, and of the connections in them. */
  readonly #shares: PeerShares;
  #open: { readonly listener: SocketListener; readonly credential: Credential } | undefined;

  /**
   * Begins to listen at `place`, where port 0 takes any free one.
   *
   * @throws ProxyError NO_IDENTITY; ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  constructor(runtime: Runtime, service: ServiceKey, place: SocketAddress, target: SocketAddress) {
    this.#runtime = runtime;
    this.#service = service;
    this.#applicationPort = target.port;
    this.#shares = new PeerShares(runtime.maxClients);
    this.#authorities = [place.host, target.host].map((host) => authorityOf(host, target.port));
    this.#application = new Application(runtime, service, {
      ...target,
      connectTimeoutMs: LOCAL_CONNECT_TIMEOUT_MS,
      sockets: runtime.applicationSockets,
    });
    this.#place = { ...place, port: this.#listen(place) };
  }

  get port(): number {
    return this.#place.port;
  }

  #listen(place: SocketAddress): number {
    const { mesh, sockets, connections, log } = this.#runtime;
    const { credential } = mesh;
    if (credential === undefined) {
      const message = `${this.#service} cannot be served on ${place.host}:${place.port} yet`;
      throw new ProxyError('NO_IDENTITY', message);
    }
    const handlers = partyHandlers(connections, log, (socket) => this.#accept(socket));
    // The port is shared for the moment in which one listener follows another.
    const listener = sockets.listen(
      { ...place, tls: credential.context, reusePort: true },
      handlers,
    );
    this.#open?.listener.stop();
    this.#open = { listener, credential };
    return listener.port;
  }

  /** The view or the identity changed. */
  update(): void {
    if (this.#open === undefined || this.#open.credential === this.#runtime.mesh.credential) return;
    try {
      this.#listen(this.#place);
    } catch (error) {
      if (!(error instanceof SelvageError)) throw error;
      // The one before goes on, and it is tried again at the next change.
      const fields = { service: this.#service, error };
      this.#runtime.log.error('a new certificate is not shown to peers that speak HBONE', fields);
    }
  }

  /** Accepts no more. */
  stop(): void {
    this.#open?.listener.stop();
    this.#open = undefined;
  }

  #accept(socket: PartySocket): void {
    const { census, maxClients } = this.#runtime;
    census.clients += 1;
    socket.data = new Acceptance(this.#runtime, socket, undefined, (peer) =>
      this.#arrive(socket, peer),
    );
    if (census.clients > maxClients) socket.terminate();
  }

  #arrive(socket: PartySocket, peer: TlsPeer): void {
    const admit = () => this.#admit(peer, socket);
    const gone = admit();
    if (gone === undefined) {
      socket.terminate();
      return;
    }
    const gate = Gate.entering(this.#runtime, this.#service, peer, this.#applicationPort);
    const hop = new IngressHop(gate, peer, this.#application);
    const from = socket.remoteAddress;
    const { accept } = new Tunnels(this.#runtime, hop, this.#authorities, from, admit);
    const closed = this.#runtime.tunnels.opened('server', socket, peer, gone);
    const { endsAtMs } = hop;
    const options = { endsAtMs, isSidecar: true, gone: closed };
    new Http2Server(this.#runtime, socket, accept, (reply) => gate.refused(reply), options).start();
  }

  #admit({ spiffeId }: TlsPeer, { remoteAddress: address }: PartySocket): GiveBack | undefined {
    const place = this.#shares.take(spiffeId);
    if (place === undefined) {
      this.#runtime.limitedLog.warn('refused a peer', 'too-many', { spiffeId, address });
    }
    return place;
  }
}

/** An address literal and a port, as a URI has them (RFC 3986 section 3.2). */
export const authorityOf = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

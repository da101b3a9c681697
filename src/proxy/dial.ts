import { err, type Result, type ServiceKey, type SpiffeId } from '../core/index.ts';
import type { DialHandlers, Log, SocketError, Sockets } from '../ports/index.ts';
import type { Connections } from './connections.ts';
import type { Timed } from './deadlines.ts';
import { HANDSHAKE_TIMEOUT_MS } from './limits.ts';
import type { Credential } from './mesh-view.ts';
import { type Party, type PartySocket, partyHandlers } from './party.ts';
import type { Runtime } from './runtime.ts';
import {
  checkPeer,
  type HandshakeFailure,
  type HandshakeRefusal,
  type KeptSession,
  runtimeRefusal,
  type TlsPeer,
  tunnelServerName,
} from './tunnel/index.ts';

/** A service in the mesh, and who may serve it. */
export interface MeshTarget {
  readonly service: ServiceKey;
  readonly identities: readonly SpiffeId[];
}

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** By which it is opened: {@link Runtime.sockets} when left out. */
  readonly sockets?: Sockets;
  /** What requests on it ask for, whatever host they name: for peers that know one place only. */
  readonly authority?: string;
  /** Mutual TLS to a sidecar of this service; plain otherwise. */
  readonly mesh?: MeshTarget;
  /** Of mutual TLS with this very target, to go on with. */
  readonly session?: KeptSession;
}

export type DialFailure =
  | {
      readonly stage: 'connect';
      readonly reason: 'refused' | 'timeout' | 'unreachable';
      readonly detail: string;
    }
  | { readonly stage: 'handshake'; readonly reason: HandshakeFailure; readonly detail: string };

/** Told once how a dial went, unless it was cancelled. */
export interface Dialler {
  /** Owns the socket from now on: puts its own party there. `peer` is there when mutual TLS was asked for. */
  connected(socket: PartySocket, peer: TlsPeer | undefined): void;
  failed(failure: DialFailure): void;
}

// Bun reports a server without a matching host name so; an SVID has none, and our check follows.
const NO_HOST_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** One attempt to open a connection, to a sidecar or to the application: bounded in time, cancellable. */
export class Dial implements Party, Timed {
  dueMs: number;
  readonly #runtime: Runtime;
  readonly #target: DialTarget;
  readonly #dialler: Dialler;
  readonly #shown: Credential | undefined;
  #socket: PartySocket | undefined;
  #settled = false;

  private constructor(runtime: Runtime, target: DialTarget, dialler: Dialler) {
    this.#runtime = runtime;
    this.#target = target;
    this.#dialler = dialler;
    this.#shown = runtime.mesh.credential;
    this.dueMs = runtime.deadlines.now() + target.connectTimeoutMs;
  }

  /** Begins to connect; the dialler is told later, never before this returns. */
  static begin(runtime: Runtime, target: DialTarget, dialler: Dialler): Dial | DialFailure {
    const dial = new Dial(runtime, target, dialler);
    const { host, port, mesh, sockets = runtime.sockets } = target;
    const context = runtime.mesh.credential?.context;
    if (mesh !== undefined && context === undefined) {
      const detail = 'this sidecar has no certificate yet';
      return { stage: 'handshake', reason: 'no-identity', detail };
    }
    runtime.census.dialling += 1;
    runtime.deadlines.add(dial);
    const tls =
      mesh === undefined || context === undefined
        ? {}
        : { tls: { context, serverName: tunnelServerName(mesh.service) } };
    sockets.connect({ host, port, ...tls }, dial, runtime.dialHandlers);
    return dial;
  }

  /** The dialler no longer cares: the connection is closed as soon as there is one. */
  cancel(): void {
    if (this.#settled) return;
    this.#settle();
    this.#socket?.terminate();
  }

  opened(socket: PartySocket): void {
    if (this.#settled) {
      socket.terminate(); // given up meanwhile
      return;
    }
    this.#socket = socket;
    if (this.#target.mesh === undefined) {
      this.#succeed(socket, undefined);
      return;
    }
    this.dueMs = this.#runtime.deadlines.now() + HANDSHAKE_TIMEOUT_MS;
    this.#target.session?.offer(socket, this.#shown);
  }

  handshaken(error: SocketError | null): void {
    const { mesh } = this.#target;
    const socket = this.#socket;
    if (this.#settled || mesh === undefined || socket === undefined) return;
    const peer = this.#judge(socket, mesh, error);
    if (!peer.ok) {
      this.#refuse(peer.error);
      return;
    }
    const { metrics, sockets } = this.#runtime;
    metrics.handshake('client', peer.value.resumed ? 'resumed' : 'ok');
    metrics.agreed('client', sockets.keyExchange(socket));
    this.#succeed(socket, peer.value);
  }

  #judge(
    socket: PartySocket,
    { service, identities }: MeshTarget,
    error: SocketError | null,
  ): Result<TlsPeer, HandshakeRefusal> {
    if (error !== null && error.code !== NO_HOST_NAME) return err(runtimeRefusal(error));
    const peer = checkPeer(socket, this.#runtime.mesh, this.#shown, this.#runtime.clock);
    if (!peer.ok || identities.includes(peer.value.spiffeId)) return peer;
    const detail = `${peer.value.spiffeId} may not serve ${service}`;
    return err({ reason: 'wrong-identity', detail });
  }

  unreachable(error: SocketError): void {
    const reason = error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
    this.#fail({ stage: 'connect', reason, detail: error.message });
  }

  abandon(): void {
    this.cancel();
  }

  expired(): void {
    const { host, port } = this.#target;
    if (this.#socket === undefined) {
      const detail = `no connection to ${host}:${port} in time`;
      this.#fail({ stage: 'connect', reason: 'timeout', detail });
    } else {
      this.#refuse({ reason: 'timeout', detail: `no handshake with ${host}:${port} in time` });
    }
  }

  received(): void {
    this.#refuse({ reason: 'protocol', detail: 'bytes arrived before the handshake ended' });
  }

  drained(): void {
    // Handshake records only; nothing of ours waits to be written.
  }

  ended(): void {
    this.#refuse({ reason: 'closed', detail: 'the peer ended the connection in the handshake' });
  }

  closed(error: SocketError | undefined): void {
    const detail = error?.message ?? 'the peer closed the connection in the handshake';
    this.#refuse({ reason: 'closed', detail });
  }

  #refuse({ reason, detail }: HandshakeRefusal): void {
    if (this.#settled) return;
    this.#target.session?.forget();
    this.#runtime.metrics.handshake('client', reason);
    const { host, port } = this.#target;
    const address = `${host}:${port}`;
    this.#runtime.limitedLog.warn('refused a peer', reason, { role: 'client', detail, address });
    this.#fail({ stage: 'handshake', reason, detail });
  }

  #fail(failure: DialFailure): void {
    if (this.#settled) return;
    this.#settle();
    this.#socket?.terminate();
    this.#dialler.failed(failure);
  }

  #succeed(socket: PartySocket, peer: TlsPeer | undefined): void {
    this.#settle();
    this.#dialler.connected(socket, peer);
  }

  #settle(): void {
    this.#settled = true;
    this.#runtime.census.dialling -= 1;
    this.#runtime.deadlines.remove(this);
  }
}

/** The handlers of all dialled sockets of a data plane: made once. */
export const dialHandlers = (connections: Connections, log: Log): DialHandlers<Party> => ({
  ...partyHandlers(connections, log, (socket) => {
    if (socket.data instanceof Dial) socket.data.opened(socket);
  }),
  connectError: ({ data }, error) => {
    if (data instanceof Dial) data.unreachable(error);
  },
});

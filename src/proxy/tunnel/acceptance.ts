import type { SocketError } from '../../ports/index.ts';
import type { Timed } from '../deadlines.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../limits.ts';
import type { Credential } from '../mesh-view.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { Unknown } from './handshakes.ts';
import { checkPeer, type HandshakeRefusal, runtimeRefusal, type TlsPeer } from './peer-check.ts';

/**
 * A mutual-TLS connection that a peer opened, until the handshake is over and the peer is known.
 * Then `arrive` puts another party in its place; before that, no byte is passed.
 */
export class Acceptance implements Party, Timed, Unknown {
  dueMs: number;
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #serverName: string | undefined;
  readonly #arrive: (peer: TlsPeer) => void;
  readonly #shown: Credential | undefined;
  #settled = false;

  /** `serverName`: what the peer must ask for; without one it asks for nothing, and sees the listener's own certificate. */
  constructor(
    runtime: Runtime,
    socket: PartySocket,
    serverName: string | undefined,
    arrive: (peer: TlsPeer) => void,
  ) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#serverName = serverName;
    this.#arrive = arrive;
    this.dueMs = runtime.deadlines.now() + HANDSHAKE_TIMEOUT_MS;
    runtime.deadlines.add(this);
    runtime.handshakes.begun(this);
    this.#shown = runtime.mesh.credential;
    // A session is resumed only under the certificate and authorities with which it began.
    if (serverName !== undefined && this.#shown !== undefined)
      runtime.sockets.present(socket, this.#shown.context);
  }

  handshaken(error: SocketError | null): void {
    if (this.#settled) return;
    const peer = this.#judge(error);
    if ('reason' in peer) {
      this.#refuse(peer);
      return;
    }
    this.#settle();
    const { metrics, sockets } = this.#runtime;
    metrics.handshake('server', peer.resumed ? 'resumed' : 'ok');
    metrics.agreed('server', sockets.keyExchange(this.#socket));
    this.#arrive(peer);
  }

  #judge(error: SocketError | null): TlsPeer | HandshakeRefusal {
    // `authorized`, never `ok`: for an expired or forged chain `ok` was seen to be true.
    if (!this.#socket.authorized) {
      if (this.#socket.getPeerX509Certificate() !== undefined) {
        return error === null
          ? { reason: 'unknown-authority', detail: 'the chain leads to no authority in force' }
          : runtimeRefusal(error);
      }
      return { reason: 'protocol', detail: error?.message ?? 'the handshake failed' };
    }
    const asked = this.#socket.getServername();
    if (this.#serverName !== undefined && asked !== this.#serverName) {
      const detail = `the peer asked for '${asked ?? ''}', this is '${this.#serverName}'`;
      return { reason: 'wrong-service', detail };
    }
    const { mesh, clock } = this.#runtime;
    const peer = checkPeer(this.#socket, mesh, this.#shown, clock);
    return peer.ok ? peer.value : peer.error;
  }

  abandon(): void {
    this.#socket.terminate();
  }

  expired(): void {
    this.#refuse({ reason: 'timeout', detail: `no handshake within ${HANDSHAKE_TIMEOUT_MS} ms` });
  }

  makeWay(): void {
    this.#refuse({ reason: 'crowded-out', detail: 'too many others are in the handshake' });
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
    this.#runtime.census.clients -= 1;
    const detail = error?.message ?? 'the peer closed the connection in the handshake';
    if (!this.#settled) this.#refuse({ reason: 'closed', detail });
  }

  #refuse({ reason, detail }: HandshakeRefusal): void {
    if (this.#settled) return;
    this.#settle();
    this.#runtime.metrics.handshake('server', reason);
    const address = this.#socket.remoteAddress;
    this.#runtime.limitedLog.warn('refused a peer', reason, { role: 'server', detail, address });
    this.#socket.terminate();
  }

  #settle(): void {
    this.#settled = true;
    this.#runtime.deadlines.remove(this);
    this.#runtime.handshakes.ended(this);
  }
}

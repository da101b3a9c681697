import type { Clock, Log } from '../../ports/index.ts';
import { EXPIRY_MARGIN_MS } from '../limits.ts';
import type { Mesh } from '../mesh-view.ts';
import type { ProxyMetrics, Role } from '../metrics.ts';
import type { PartySocket } from '../party.ts';
import { judgePeer, type TlsPeer } from './peer-check.ts';

export interface OpenTunnelsParts {
  readonly mesh: Mesh;
  readonly clock: Clock;
  readonly metrics: ProxyMetrics;
  readonly log: Log;
}

/**
 * All connections to and from other sidecars, with requests on them or without, so that each can be judged again
 * while it is open.
 */
export class OpenTunnels {
  readonly #parts: OpenTunnelsParts;
  readonly #open = new Set<OpenTunnel>();

  constructor(parts: OpenTunnelsParts) {
    this.#parts = parts;
  }

  /** The handshake is over. What it returns is to be called when the connection is closed, and then calls `gone`. */
  opened(role: Role, socket: PartySocket, peer: TlsPeer, gone: () => void): () => void {
    const tunnel = new OpenTunnel(this.#parts, role, socket, peer);
    this.#open.add(tunnel);
    return () => {
      this.#open.delete(tunnel);
      gone();
    };
  }

  /** Those that open or close meanwhile come or are left out. */
  all(): Iterable<OpenTunnel> {
    return this.#open.values();
  }
}

class OpenTunnel {
  readonly #parts: OpenTunnelsParts;
  readonly #role: Role;
  readonly #socket: PartySocket;
  readonly #peer: TlsPeer;
  readonly #openedMs: number;

  constructor(parts: OpenTunnelsParts, role: Role, socket: PartySocket, peer: TlsPeer) {
    this.#parts = parts;
    this.#role = role;
    this.#socket = socket;
    this.#peer = peer;
    this.#openedMs = parts.clock.now();
  }

  /** Cuts it when its peer is nobody any more; soon before that it takes no new request. */
  review(): void {
    const { mesh, clock, metrics, log } = this.#parts;
    if (mesh.view === undefined) return;
    const now = clock.now();
    const judged = judgePeer(this.#peer, mesh.view.bundle, now);
    if (judged.ok) {
      if (now >= judged.value - expiryMarginMs(judged.value - this.#openedMs)) {
        this.#socket.data.drain?.();
      }
      return;
    }
    const { spiffeId, svid } = this.#peer;
    metrics.tunnelCut(this.#role, judged.error);
    const fields = { role: this.#role, peer: spiffeId, serial: svid.serial, reason: judged.error };
    log.warn('cut a connection between sidecars', fields);
    this.#socket.terminate();
  }

  abandon(): void {
    this.#socket.terminate();
  }
}

/** How long before a certificate ends no new request goes over a connection which began `spanMs` before that end. */
export const expiryMarginMs = (spanMs: number): number => Math.min(EXPIRY_MARGIN_MS, spanMs / 2);

import { Lru } from '../../core/index.ts';
import type { Log, Peer, PeerId } from '../../ports/index.ts';
import { MAX_CONNECTIONS } from './limits.ts';

type PeersChange = { readonly peer: Peer; readonly connected: boolean };

/** Who is connected now, by name. */
export class Members {
  readonly #connected = new Map<PeerId, Peer>();
  /** Admitted, and not connected yet: some never will be, as when the other side refuses us. */
  readonly #admitted = new Lru<PeerId, Peer>(2 * MAX_CONNECTIONS);
  readonly #listeners: ((change: PeersChange) => void)[] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  admit(peer: Peer): void {
    this.#admitted.set(peer.id, peer);
  }

  /** The first connection of a peer is open. False when nobody admitted it. */
  connect(id: PeerId): boolean {
    const peer = this.#admitted.get(id);
    if (peer === undefined) return false;
    this.#connected.set(id, peer);
    this.#tell({ peer, connected: true });
    return true;
  }

  /** The last connection of a peer is closed. */
  disconnect(id: PeerId): void {
    const peer = this.#connected.get(id);
    if (peer === undefined) return;
    this.#connected.delete(id);
    this.#tell({ peer, connected: false });
  }

  get(id: PeerId): Peer | undefined {
    return this.#connected.get(id);
  }

  all(): readonly Peer[] {
    return [...this.#connected.values()];
  }

  onChange(changed: (change: PeersChange) => void): void {
    this.#listeners.push(changed);
  }

  #tell(change: PeersChange): void {
    const message = change.connected ? 'peer connected' : 'peer disconnected';
    this.#log.info(message, { peer: change.peer.name, peerId: change.peer.id });
    for (const listener of this.#listeners) listener(change);
  }
}

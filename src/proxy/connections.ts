import type { PartySocket } from './party.ts';

/** All open sockets of one data plane, so that it can end them. */
export class Connections {
  readonly #sockets = new Set<PartySocket>();

  opened(socket: PartySocket): void {
    this.#sockets.add(socket);
  }

  closed(socket: PartySocket): void {
    this.#sockets.delete(socket);
  }

  /** Those that open or close meanwhile come or are left out. */
  all(): Iterator<PartySocket> {
    return this.#sockets.values();
  }

  /** Asks every connection to end as soon as it can without a loss. */
  drain(): void {
    for (const socket of [...this.#sockets]) socket.data?.drain?.();
  }

  reset(): void {
    for (const socket of [...this.#sockets]) socket.terminate();
  }
}

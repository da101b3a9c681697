import type { PartySocket } from './party.ts';

/** All open sockets of one data plane, so that it can end them. */
export class Connections {
  readonly #sockets = new Set<PartySocket>();
  #isRetiring = false;
  #isReset = false;

  opened(socket: PartySocket): void {
    this.#sockets.add(socket);
    if (this.#isReset) socket.terminate(); // it was being opened then
  }

  closed(socket: PartySocket): void {
    this.#sockets.delete(socket);
  }

  /** Those that open or close meanwhile come or are left out. */
  all(): Iterator<PartySocket> {
    return this.#sockets.values();
  }

  /** Whoever comes now is served elsewhere: a client's next answer is its last on that connection. */
  get isRetiring(): boolean {
    return this.#isRetiring;
  }

  /** Cuts nobody: a client that is about to ask is answered, and told to connect anew. */
  retire(): void {
    this.#isRetiring = true;
    for (const socket of [...this.#sockets]) socket.data?.retire?.();
  }

  /** Asks every connection to end as soon as nothing under way is lost by it. */
  drain(): void {
    this.#isRetiring = true;
    for (const socket of [...this.#sockets]) socket.data?.drain?.();
  }

  /** Ends everything, and what is being opened as soon as it is. */
  reset(): void {
    this.#isRetiring = true;
    this.#isReset = true;
    for (const socket of [...this.#sockets]) socket.terminate();
  }
}

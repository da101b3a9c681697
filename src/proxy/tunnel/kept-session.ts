import { KEPT_SESSION_BYTES } from '../limits.ts';
import type { Credential } from '../mesh-view.ts';
import type { PartySocket } from '../party.ts';

/**
 * The TLS session with one server (RFC 8446 section 2.2), which spares the next connection two signatures. It is
 * taken up under the very credential that it began with and no other; the peer is checked as if it were new, since
 * a session remembers what was true when it began. One for each endpoint and service.
 */
export class KeptSession {
  #session: Uint8Array | undefined;
  #credential: Credential | undefined;

  /** Before a handshake with the same server. */
  offer(socket: PartySocket, credential: Credential | undefined): void {
    if (this.#credential !== credential) this.forget();
    if (this.#session !== undefined) socket.setSession(this.#session);
  }

  /** When the server has said something; its tickets come before that. */
  keep(socket: PartySocket, credential: Credential | undefined): void {
    const session = socket.getSession();
    if (session === undefined || session.length > KEPT_SESSION_BYTES) return;
    this.#session = session;
    this.#credential = credential;
  }

  /** A handshake with it came to nothing, which may be its fault. */
  forget(): void {
    this.#session = undefined;
    this.#credential = undefined;
  }
}

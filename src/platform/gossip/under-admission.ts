import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface';
import { MAX_WAITED_FOR } from './limits.ts';

/**
 * Connections that others opened and that nobody has admitted yet. When there are too many the oldest makes way: an honest
 * one is admitted within three round trips, and strangers that say nothing keep nobody out. It denies nothing by itself.
 */
export class UnderAdmission implements ConnectionGater {
  /** In the order in which they came. */
  readonly #open = new Set<MultiaddrConnection>();

  readonly denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    this.#open.add(connection);
    connection.addEventListener('close', () => this.#open.delete(connection));
    const [oldest] = this.#open;
    if (oldest !== undefined && this.#open.size > MAX_WAITED_FOR) {
      this.#open.delete(oldest);
      oldest.abort(new Error('it was not admitted when too many others came'));
    }
    return false;
  };

  /** The doorkeeper let it in. */
  readonly denyInboundEncryptedConnection = (
    _peer: unknown,
    connection: MultiaddrConnection,
  ): boolean => {
    this.#open.delete(connection);
    return false;
  };
}

import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface';
import { realRandom } from '../real-time.ts';
import { MAX_WAITED_FOR } from './limits.ts';

/**
 * Connections that others opened and that nobody has admitted yet. When there are too many, one of those before makes way,
 * whichever chance takes: strangers that say nothing keep nobody out, and of many members that come at once some get
 * through. Were it always the oldest, none of these would be waited for long enough. It denies nothing by itself.
 */
export class UnderAdmission implements ConnectionGater {
  readonly #open = new Set<MultiaddrConnection>();

  readonly denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    if (this.#open.size >= MAX_WAITED_FOR) {
      const one = [...this.#open][Math.floor(realRandom.fraction() * this.#open.size)];
      if (one !== undefined) this.#open.delete(one);
      one?.abort(new Error('it was not admitted when too many others came'));
    }
    this.#open.add(connection);
    connection.addEventListener('close', () => this.#open.delete(connection));
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

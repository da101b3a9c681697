import type { ServiceKey } from '../core/index.ts';
import { PlatformError } from '../platform/index.ts';
import { meshName } from '../registry/index.ts';
import type { Place, Snapshot } from '../snapshot/index.ts';
import { SidecarError } from './errors.ts';
import type { Names } from './supervision.ts';

/** Where users may listen from the first port on, when the host is not told otherwise. */
const FIRST_PORT_OF_USERS = 1_024;

/** Makes sure that a sidecar has to itself where its application calls services by name. */
export class NameClaims {
  readonly #named: readonly ServiceKey[];
  readonly #claim: (place: Place) => number;
  readonly #claimed = new Set<string>();
  #names: Names = {};

  constructor(named: readonly ServiceKey[], claim: (place: Place) => number) {
    this.#named = named;
    this.#claim = claim;
  }

  /** Where each name of the last snapshot is reached. */
  get names(): Names {
    return this.#names;
  }

  /**
   * Claims what is new in a snapshot, before anything listens there.
   *
   * @throws SidecarError NAME_NOT_SERVED
   */
  check({ services }: Snapshot): void {
    const names: Record<string, string> = {};
    for (const { key, virtual } of services) {
      if (!this.#named.includes(key)) continue;
      if (virtual === undefined) {
        throw new SidecarError('NAME_NOT_SERVED', `the node has no address for ${meshName(key)}`);
      }
      this.#take(key, { host: virtual.address, port: virtual.port });
      names[meshName(key)] = virtual.address;
    }
    this.#names = names;
  }

  #take(key: ServiceKey, place: Place): void {
    const text = `${place.host}:${place.port}`;
    if (this.#claimed.has(text)) return;
    try {
      this.#claim(place);
      this.#claimed.add(text);
    } catch (cause) {
      if (!(cause instanceof PlatformError)) throw cause;
      const message = `${meshName(key)}: ${cause.message}`;
      throw new SidecarError('NAME_NOT_SERVED', message, {
        cause,
        remedy: remedyFor(cause, place),
      });
    }
  }
}

function remedyFor({ code }: PlatformError, { port }: Place): string {
  const otherwise = 'give the Service another `port`, or --upstream a local port (NAME=PORT).';
  if (code === 'ADDRESS_IN_USE') {
    return `Let the program that listens on port ${port} of all addresses listen on one, ${otherwise}`;
  }
  return port < FIRST_PORT_OF_USERS
    ? `Let users listen there (\`sysctl net.ipv4.ip_unprivileged_port_start=${port}\`), ${otherwise}`
    : `${otherwise.charAt(0).toUpperCase()}${otherwise.slice(1)}`;
}

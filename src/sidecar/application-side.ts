import {
  bunSockets,
  datagramsInside,
  hasIpv6Loopback,
  migrateRequests,
  NetworkNamespace,
  socketsInside,
} from '../platform/index.ts';
import type { Datagrams, Sockets } from '../ports/index.ts';
import type { Door, Place } from '../snapshot/index.ts';
import { claimPort } from './port-claim.ts';

/** Where the application is, as far as sockets go: beside its sidecar, or in a network namespace of its own. */
export class ApplicationSide {
  readonly #namespace: NetworkNamespace | undefined;

  /** @throws PlatformError NAMESPACE_MISSING, ROOT_NEEDED */
  constructor(netns: string | undefined) {
    this.#namespace = netns === undefined ? undefined : NetworkNamespace.open(netns);
  }

  /** Can it be reached over IPv6 from its own host? */
  get hasIpv6(): boolean {
    return this.#namespace?.inside(hasIpv6Loopback) ?? hasIpv6Loopback();
  }

  /** Has connections that a closing listener did not accept handed on, here and there; false where that may not be. */
  migrateRequests(): boolean {
    const isSetThere = this.#namespace?.inside(migrateRequests) ?? true;
    return migrateRequests() && isSetThere;
  }

  /** `sockets`, there. */
  sockets(sockets: Sockets): Sockets {
    return this.#namespace === undefined ? sockets : socketsInside(this.#namespace, sockets);
  }

  /** `datagrams`, there. */
  datagrams(datagrams: Datagrams): Datagrams {
    return this.#namespace === undefined ? datagrams : datagramsInside(this.#namespace, datagrams);
  }

  /** {@link claimPort}, on the side to which a door of that kind opens. */
  claim(place: Place, direction: Door['direction']): number {
    const isOutside = direction === 'inbound' || direction === 'hbone';
    return claimPort(place, isOutside ? bunSockets : this.sockets(bunSockets));
  }
}

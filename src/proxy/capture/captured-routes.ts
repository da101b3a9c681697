import type { ServiceKey } from '../../core/index.ts';
import type { SocketAddress } from '../../ports/index.ts';
import type { SnapshotService } from '../../snapshot/index.ts';

/** Which service a captured connection means, by where it was going. */
export type CapturedRoutes = ReadonlyMap<string, ServiceKey>;

/**
 * The addresses that mean a service: those of its endpoints. One that two services claim means neither, so that no
 * endpoint can draw another service's callers to itself.
 */
export function capturedRoutes(services: Iterable<SnapshotService>): CapturedRoutes {
  const routes = new Map<string, ServiceKey>();
  const contested = new Set<string>();
  for (const { key, endpoints } of services) {
    for (const { address, port } of endpoints) {
      const destination = destinationKey({ host: address, port });
      if ((routes.get(destination) ?? key) !== key) contested.add(destination);
      routes.set(destination, key);
    }
  }
  for (const destination of contested) routes.delete(destination);
  return routes;
}

/** One text for one destination: an IPv6 address has many spellings, and a URL's host has one. */
export const destinationKey = ({ host, port }: SocketAddress): string =>
  host.includes(':') ? `${new URL(`http://[${host}]/`).hostname}:${port}` : `${host}:${port}`;

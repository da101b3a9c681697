import type { PeerId as HostPeerId } from '@libp2p/interface';
import type { Host } from './host.ts';
import { MAX_CONNECTIONS_PER_PEER } from './limits.ts';

/** To be called with each connection that opens, and whose it is: closes those that are too many. */
export function keepWithinBounds(host: Host, opened: HostPeerId, maxConnections: number): void {
  const own = byAge(host, opened);
  for (const connection of own.slice(0, -MAX_CONNECTIONS_PER_PEER)) {
    connection.abort(new Error('too many connections of one peer'));
  }
  const all = byAge(host);
  const inbound = all.filter(({ direction }) => direction === 'inbound');
  for (const connection of inbound.slice(0, Math.max(0, all.length - maxConnections))) {
    connection.abort(new Error('it made way for another one'));
  }
}

/**
 * The oldest first, for they are the ones to go. Of one peer: they may be of a host that lost power, and is back before
 * anybody noticed. Of all: whoever comes with one question is answered, however many stay connected.
 */
const byAge = (host: Host, of?: HostPeerId) =>
  host
    .getConnections(of)
    .filter(({ status }) => status === 'open')
    .toSorted((a, b) => a.timeline.open - b.timeline.open);

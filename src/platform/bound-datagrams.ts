import type { SocketAddress } from '../ports/index.ts';
import { readProcessFile } from './process-files.ts';

/** Of this thread's network namespace: proc_net(5). */
const TABLES = ['thread-self/net/udp', 'thread-self/net/udp6'];
const ANY_IPV4 = '00000000';
/** Local address and port of a socket that is not connected, and so takes what anybody sends. */
const UNCONNECTED = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) 0+:0000 /;

/** Does a socket take datagrams that are sent to `at`, an address literal and a port? */
export function isBoundForDatagrams(at: SocketAddress): boolean {
  const port = at.port.toString(16).toUpperCase().padStart(4, '0');
  const rows = TABLES.flatMap((path) => readProcessFile(path)?.split('\n') ?? []);
  return rows.some((row) => {
    const [, address, bound] = UNCONNECTED.exec(row) ?? [];
    return bound === port && address !== undefined && fits(address, at.host);
  });
}

/** A socket of IPv6 may take IPv4 as well: of these the port says enough. */
const fits = (address: string, host: string): boolean =>
  address.length > ANY_IPV4.length || address === ANY_IPV4 || address === hexOf(host);

/** As a word in the (little-endian) host's byte order. */
const hexOf = (host: string): string =>
  host
    .split('.')
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'))
    .reverse()
    .join('');

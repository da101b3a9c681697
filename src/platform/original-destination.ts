import type { SocketAddress } from '../ports/index.ts';
import { readSocketOption } from './socket-option.ts';

/** linux/in.h, linux/in6.h: the levels at which netfilter adds its option. */
const SOL_IP = 0;
const SOL_IPV6 = 41;
/** linux/netfilter_ipv4.h: SO_ORIGINAL_DST; ip6_tables.h: IP6T_SO_ORIGINAL_DST */
const ORIGINAL_DESTINATION = 80;
/** sizeof(struct sockaddr_in6), the longer one */
const SOCKADDR_BYTES = 28;
const PORT_AT = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;

/** An IPv4 connection at a listener for both families (RFC 4291 section 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/;

/** What of the runtime's socket is read here; its published types hold all of it. */
export type NativeSocket = Pick<Bun.Socket<unknown>, 'localAddress' | 'localPort'> & {
  /** Not in the published types. */
  readonly fd: number;
};

/** See {@link Sockets.originalDestination}. */
export function originalDestinationOf(socket: NativeSocket): SocketAddress | undefined {
  const here = socket.localAddress.replace(MAPPED, '');
  const isIpv6 = here.includes(':');
  const value = Buffer.alloc(SOCKADDR_BYTES);
  const level = isIpv6 ? SOL_IPV6 : SOL_IP;
  if (!readSocketOption(socket.fd, level, ORIGINAL_DESTINATION, value)) return undefined;
  const host = isIpv6 ? ipv6At(value, IPV6_AT) : value.subarray(IPV4_AT, IPV4_AT + 4).join('.');
  const port = value.readUInt16BE(PORT_AT);
  // The kernel tracks connections that it did not redirect as well.
  return host === here && port === socket.localPort ? undefined : { host, port };
}

/** In the shortest form (RFC 5952), which is that of a URL's host. */
function ipv6At(bytes: Buffer, from: number): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(from + at * 2));
  const text = groups.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

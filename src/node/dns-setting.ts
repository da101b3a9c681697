import type { SocketAddress } from '../ports/index.ts';

/** Where a node is to answer for names. */
export type DnsSetting =
  | { readonly kind: 'off' }
  /** The first that can be had; `named`: it must be had. */
  | { readonly kind: 'auto' | 'named'; readonly places: readonly SocketAddress[] };

const LOOPBACK = /^127\.\d+\.\d+\.\d+$/;
/** Of its own: programs and resolvers of a host listen on 127.0.0.1, systemd-resolved on 127.0.0.53. */
const OWN_HOST = '127.0.0.76';
const DNS_PORT = 53;
/** For who may not listen on the first, beside the other ports of a node. */
const OTHER_PORT = 7_653;

/** Reads the setting `dns.address` of a node that listens on `listen`; undefined for what is none. */
export function parseDnsSetting(text: string, listen: string): DnsSetting | undefined {
  if (text === 'off') return { kind: 'off' };
  if (text === 'auto') {
    const host = LOOPBACK.test(listen) ? listen : OWN_HOST;
    return { kind: 'auto', places: [DNS_PORT, OTHER_PORT].map((port) => ({ host, port })) };
  }
  const [, host, port] = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || host.split('.').some((byte) => Number(byte) > 255)) return undefined;
  const place = { host, port: port === undefined ? DNS_PORT : Number(port) };
  return place.port > 65_535 ? undefined : { kind: 'named', places: [place] };
}

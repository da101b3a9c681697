import { listProcessFiles, readProcessFile, readProcessLink } from './process-files.ts';

export type Transport = 'udp' | 'tcp';

/** A socket of this host, by the kernel's word. */
export interface OwnedSocket {
  readonly inode: number;
  /** The user who made it. */
  readonly uid: number;
}

/** IPv4 only: `127.0.0.1`. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * The sockets of this network namespace from which something was sent from `from` to `to`: one, or more
 * where several share a port. Empty when it is closed already.
 */
export function socketsBetween(transport: Transport, from: Endpoint, to: Endpoint): OwnedSocket[] {
  const tables = [`net/${transport}`, `net/${transport}6`];
  const rows = tables.flatMap((path) => readProcessFile(path)?.split('\n').slice(1) ?? []);
  const port = `:${from.port.toString(16).toUpperCase().padStart(4, '0')} `;
  const found = rows
    .filter((row) => row.includes(port))
    .flatMap((row) => parseSocketRow(row) ?? [])
    .filter(({ local, remote }) => fits(local, from) && fits(remote, to));
  return found.map(({ inode, uid }) => ({ inode, uid }));
}

/**
 * One line of proc_net(5)'s tables of sockets: addresses and ports in hex, an address as 32-bit words in
 * the host's byte order. Undefined for what is no IPv4 socket, not even an IPv6 one that talks IPv4.
 */
export function parseSocketRow(
  row: string,
): (OwnedSocket & { readonly local: Endpoint; readonly remote: Endpoint }) | undefined {
  const [, localText, remoteText, , , , , uid, , inode] = row.trim().split(/\s+/);
  const local = parseEndpoint(localText ?? '');
  const remote = parseEndpoint(remoteText ?? '');
  if (local === undefined || remote === undefined || inode === undefined) return undefined;
  return { local, remote, uid: Number(uid), inode: Number(inode) };
}

/** `::ffff:a.b.c.d` and `::`, in words of the (little-endian) host's order. */
const MAPPED = /^(?:0{16}F{4}0{4}([0-9A-F]{8})|0{24}(0{8}))$/;

function parseEndpoint(text: string): Endpoint | undefined {
  const [address = '', port = ''] = text.split(':');
  const [, mapped, any] = MAPPED.exec(address) ?? [];
  const word = address.length === 8 ? address : (mapped ?? any);
  if (word === undefined) return undefined;
  const bytes = word.match(/../g)?.reverse() ?? [];
  const host = bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return { host, port: Number.parseInt(port, 16) };
}

/** A socket that is not bound or connected to one address talks from, or to, any. */
const fits = (socket: Endpoint, wanted: Endpoint): boolean =>
  (socket.host === wanted.host || socket.host === '0.0.0.0') &&
  (socket.port === wanted.port || socket.port === 0);

/** Does one of these processes have one of the sockets open? Undefined when `isSpent` told to stop before. */
export function holdsSocket(
  pids: readonly number[],
  sockets: readonly OwnedSocket[],
  isSpent: () => boolean,
): boolean | undefined {
  const wanted = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  for (const pid of pids) {
    for (const fd of listProcessFiles(`${pid}/fd`)) {
      if (isSpent()) return undefined;
      const target = readProcessLink(`${pid}/fd/${fd}`);
      if (target !== undefined && wanted.has(target)) return true;
    }
  }
  return false;
}

import { err, ok, type Result } from '../core/index.ts';
import type { Gossip, PeerAddress, SocketAddress } from '../ports/index.ts';
import type { KnownMember } from './member.ts';
import type { RosterEntry } from './swim/index.ts';
import { memberTag } from './wire/index.ts';

/** Of one member; more are not tried: whatever hosts a record names, all nodes seek connections there. */
export const MAX_ADDRESSES = 4;

const ADDRESS = /^\/ip4\/(\d{1,3}(?:\.\d{1,3}){3})\/(tcp|udp)\/(\d{1,5})$/;

/**
 * A member as datagrams and dials need it, or why it cannot be reached. One that says no address for datagrams
 * takes them where it takes connections.
 */
export function memberEntry(member: KnownMember): Result<RosterEntry, string> {
  const known = entries.get(member);
  if (known !== undefined) return ok(known);
  const { name, peerId, publicKey, epoch } = member;
  const addresses = dialledAddresses(member.addresses);
  const address = datagramPlace(member.addresses);
  if (address === undefined) return err(`none of its addresses can be used: ${member.addresses}`);
  const tag = memberTag(name, epoch, publicKey);
  const entry = { name, peerId, publicKey, epoch, addresses, address, tag };
  entries.set(member, entry);
  return ok(entry);
}

/** Where many nodes live in one process and know the same members, each is read once. */
const entries = new WeakMap<KnownMember, RosterEntry>();

/** The same of a node itself, which takes datagrams at `address`. */
export function ownEntry(
  { name, publicKey, epoch }: Pick<KnownMember, 'name' | 'publicKey' | 'epoch'>,
  gossip: Gossip,
  address: SocketAddress,
): RosterEntry {
  const tag = memberTag(name, epoch, publicKey);
  const addresses = gossip.addresses();
  return { name, publicKey, epoch, peerId: gossip.self, addresses, address, tag };
}

/** Of these, those at which connections are sought, {@link MAX_ADDRESSES} at most. */
export const dialledAddresses = (addresses: readonly PeerAddress[]): readonly PeerAddress[] =>
  over('tcp', addresses).slice(0, MAX_ADDRESSES);

/** As multiaddrs name it. */
export const datagramAddress = ({ host, port }: SocketAddress): PeerAddress =>
  `/ip4/${host}/udp/${port}`;

/** Where whoever says these addresses takes datagrams: where it takes connections, if it says nothing else. */
export function datagramPlace(addresses: readonly PeerAddress[]): SocketAddress | undefined {
  const [first = over('tcp', addresses)[0]] = over('udp', addresses);
  return first === undefined ? undefined : socketAddressOf(first);
}

const over = (transport: string, addresses: readonly PeerAddress[]): readonly PeerAddress[] =>
  addresses.filter((address) => ADDRESS.exec(address)?.[2] === transport);

function socketAddressOf(address: PeerAddress): SocketAddress | undefined {
  const [, host, , port] = ADDRESS.exec(address) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

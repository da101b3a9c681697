import { BlockList, isIP } from 'node:net';
import { err, ok, type Result } from '../core/index.ts';

/** IPv4 that is not the world's (IANA's special-purpose registry, RFC 6890), and where clouds answer their machines. */
const INSIDE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32', // a cloud's own services, at an address that looks like the world's
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The only IPv6 that is given out to the world (RFC 4291 section 2.4), without what hides other addresses in it. */
const WORLD_V6 = '2000::/3';
const INSIDE_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Networks with a shorter prefix would allow the world, or all that is inside. */
const MIN_PREFIX = { ipv4: 8, ipv6: 16 } as const;

/** Networks that may be reached although they are not of the world, as `10.4.0.0/16` or `fd12:3456::/48`. */
export type Networks = Pick<BlockList, 'check'>;

const inside = blocks([...INSIDE_V4, ...INSIDE_V6]);
const worldV6 = blocks([WORLD_V6]);

/** Reads blocks of addresses, separated by commas; an empty text has none. */
export function parseNetworks(text: string): Result<Networks, string> {
  const named = text.split(',').map((part) => part.trim());
  const parts = named.filter((part) => part !== '');
  const odd = parts.find((part) => !isNetwork(part));
  return odd === undefined
    ? ok(blocks(parts))
    : err(
        `'${odd}' is no block of addresses such as 10.4.0.0/16 (at least /8) or fd12:3456::/48 (at least /16)`,
      );
}

/**
 * May a connection that others chose the place of be opened to this address? Only to what is of the world
 * as a whole, or named in `allowed`: never to this host, its network, or where clouds hand out secrets.
 */
export function isOutside(address: string, allowed: Networks): boolean {
  const family = familyOf(address);
  if (family === undefined) return false;
  if (allowed.check(address, family)) return true;
  if (inside.check(address, family)) return false;
  return family === 'ipv4' || worldV6.check(address, family); // an IPv4 address inside of IPv6 is not
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = address.includes('%') ? 0 : isIP(address);
  return version === 0 ? undefined : `ipv${version === 4 ? 4 : 6}`;
}

function blocks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address) ?? 'ipv4');
  }
  return list;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  const bits = Number(prefix);
  return bits >= MIN_PREFIX[family] && bits <= (family === 'ipv4' ? 32 : 128);
}

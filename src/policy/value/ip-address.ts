import { sameKey } from './equality.ts';
import { type Fault, faults } from './fault.ts';
import type { Composite } from './value.ts';

type Family = 4 | 6;

/** Numbers for IPv4, bigints for IPv6: made once, then only compared. */
type Bits = number | bigint;

/** An IP address, or a range of them when `prefix` is shorter than the address. */
export class IpAddress {
  readonly family: Family;
  readonly prefix: number;
  /** The first and the last address of the range. */
  readonly low: Bits;
  readonly high: Bits;
  /** Two ranges are equal only if they are written with equal addresses: 10.0.0.1/8 is not 10.0.0.2/8. */
  readonly key: string;

  constructor(family: Family, address: bigint, prefix: number) {
    const hostBits = BigInt((family === 4 ? 32 : 128) - prefix);
    const low = (address >> hostBits) << hostBits;
    const high = low | ((1n << hostBits) - 1n);
    this.family = family;
    this.prefix = prefix;
    this.low = family === 4 ? Number(low) : low;
    this.high = family === 4 ? Number(high) : high;
    this.key = `#ip${family} ${address}/${prefix}`;
  }

  equals(other: Composite): boolean {
    return sameKey(this, other);
  }

  isIn(range: IpAddress): boolean {
    return this.family === range.family && this.low >= range.low && this.high <= range.high;
  }
}

const LOOPBACK: Readonly<Record<Family, IpAddress>> = {
  4: new IpAddress(4, 0x7f00_0000n, 8),
  6: new IpAddress(6, 1n, 128),
};
const MULTICAST: Readonly<Record<Family, IpAddress>> = {
  4: new IpAddress(4, 0xe000_0000n, 4),
  6: new IpAddress(6, 0xffn << 120n, 8),
};

export const isLoopback = (ip: IpAddress): boolean => ip.isIn(LOOPBACK[ip.family]);
export const isMulticast = (ip: IpAddress): boolean => ip.isIn(MULTICAST[ip.family]);

/** `10.0.0.1`, `10.0.0.0/8`, `fe80::1`, `2001:db8::/32`; no IPv4 inside IPv6, no zone, no leading zeros. */
export function parseIp(text: string): IpAddress | Fault {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family: Family = address.includes(':') ? 6 : 4;
  const bits = family === 4 ? ipv4Bits(address) : ipv6Bits(address);
  const longest = family === 4 ? 32 : 128;
  const prefix = slash < 0 ? longest : prefixOf(text.slice(slash + 1), longest);
  if (bits === undefined || prefix === undefined) return faults.ip;
  return new IpAddress(family, bits, prefix);
}

function prefixOf(text: string, longest: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= longest ? prefix : undefined;
}

function ipv4Bits(text: string): bigint | undefined {
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return undefined;
  const octets = text.split('.').map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

/** Eight groups of up to four hexadecimal digits (RFC 4291 §2.2); `::` stands for one zero group or more. */
function ipv6Bits(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0n), ...after];
  return groups.reduce((bits, group) => (bits << 16n) | group, 0n);
}

function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => BigInt(`0x${group}`))
    : undefined;
}

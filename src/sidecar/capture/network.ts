import { err, ok, type Result } from '../../core/index.ts';
import type { Network } from './captured.ts';

const BITS = { 4: 32, 6: 128 } as const;

/** Reads an address, or a block of them as `address/bits`; anything else is refused, so that it can stand in a rule. */
export function parseNetwork(text: string): Result<Network, string> {
  const [, address = '', prefix] = /^([\da-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = familyOf(address);
  if (family !== undefined && Number(prefix ?? 0) <= BITS[family]) return ok({ family, text });
  return err(`'${text}' is no network: write one such as 10.0.0.0/8 or 2001:db8::/32`);
}

function familyOf(address: string): 4 | 6 | undefined {
  if (address.includes(':')) return URL.canParse(`http://[${address}]/`) ? 6 : undefined;
  const octets = address.split('.');
  const isIpv4 = octets.length === 4 && octets.every((o) => /^\d{1,3}$/.test(o) && Number(o) < 256);
  return isIpv4 ? 4 : undefined;
}

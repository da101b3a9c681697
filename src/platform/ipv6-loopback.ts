import { readProcessFile } from './process-files.ts';

/** `::1` in if_inet6's hex. */
const LOOPBACK = `${'0'.repeat(31)}1`;

/** Does this network namespace have the address ::1? Not where IPv6 is switched off. */
export const hasIpv6Loopback = (): boolean =>
  readProcessFile('net/if_inet6')?.includes(LOOPBACK) === true;

import { readFileSync, writeFileSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/** Linux Documentation/networking/ip-sysctl.rst, tcp_migrate_req; each network namespace has its own. */
const SETTING = '/proc/sys/net/ipv4/tcp_migrate_req';
const NOT_OURS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT']);

/**
 * Has the kernel hand connections that a closing listener has not accepted yet to another one of the same
 * port, instead of resetting them. False when this user, or this kernel, may not.
 */
export function migrateRequests(): boolean {
  try {
    if (readFileSync(SETTING, 'utf8').trim() === '1') return true;
    writeFileSync(SETTING, '1');
    return true;
  } catch (error) {
    if (NOT_OURS.has(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

import { expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostProcess } from './process.ts';
import { migrateRequests } from './request-migration.ts';

const SETTING = '/proc/sys/net/ipv4/tcp_migrate_req';
const isRoot = hostProcess().uid === 0;

test.skipIf(!isRoot)('root has the kernel hand connections on (needs root)', () => {
  const before = readFileSync(SETTING, 'utf8');
  try {
    writeFileSync(SETTING, '0');
    expect(migrateRequests()).toBe(true);
    expect(readFileSync(SETTING, 'utf8').trim()).toBe('1');
    expect(migrateRequests()).toBe(true);
  } finally {
    writeFileSync(SETTING, before);
  }
});

test.skipIf(isRoot)(
  'another user is told whether the kernel does (needs another user than root)',
  () => {
    expect(migrateRequests()).toBe(readFileSync(SETTING, 'utf8').trim() === '1');
  },
);

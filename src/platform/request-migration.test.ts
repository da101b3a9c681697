import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { hostProcess } from './process.ts';
import { migrateRequests } from './request-migration.ts';
import { CANNOT_MAKE_NAMESPACES, startNamespace } from './testing/index.ts';

const SETTING = '/proc/sys/net/ipv4/tcp_migrate_req';
const isRoot = hostProcess().uid === 0;

const setting = (): string => readFileSync(SETTING, 'utf8').trim();

// Each network namespace begins without it; that of the host is in use.
test.skipIf(CANNOT_MAKE_NAMESPACES)(
  'root has the kernel hand connections on (needs root, ip and nft)',
  async () => {
    const place = await startNamespace();
    try {
      place.namespace.inside(() => {
        expect(setting()).toBe('0');
        expect(migrateRequests()).toBe(true);
        expect(setting()).toBe('1');
        expect(migrateRequests()).toBe(true);
      });
    } finally {
      await place.remove();
    }
  },
);

test.skipIf(isRoot)(
  'another user is told whether the kernel does (needs another user than root)',
  () => {
    expect(migrateRequests()).toBe(setting() === '1');
  },
);

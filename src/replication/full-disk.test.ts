import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../platform/sqlite-store.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { HOUR_MS, Member, said, TestAuthority } from './testing/members.ts';

const DISK_BYTES = 1024 * 1024;
const mounted: string[] = [];

/** A file system of {@link DISK_BYTES} in memory, or undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'selvage-'));
  const options = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', path];
  if (!Bun.spawnSync(['mount', ...options]).success) return undefined;
  mounted.push(path);
  return path;
}

const CANNOT_MOUNT = (() => {
  const path = process.getuid?.() === 0 ? smallDisk() : undefined;
  unmountAll();
  return path === undefined;
})();

/** Lazily, so that a test which failed with its database open leaves no mount behind. */
function unmountAll(): void {
  for (const path of mounted.splice(0)) Bun.spawnSync(['umount', '--lazy', path]);
}

afterEach(unmountAll);

/** Leaves no room on a disk, until the function that is returned is called. */
function fill(directory: string): () => void {
  const path = join(directory, 'ballast');
  for (let bytes = DISK_BYTES; bytes >= 512; bytes /= 2) {
    for (;;) {
      try {
        writeFileSync(path, new Uint8Array(bytes), { flag: 'a' });
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
        break;
      }
    }
  }
  return () => rmSync(path);
}

test.skipIf(CANNOT_MOUNT)(
  'on a full disk a node says so, goes on with what is in force, and goes on writing when there is room (needs root)',
  () => {
    const directory = smallDisk();
    if (directory === undefined) throw new Error('it could be mounted a moment ago');
    const path = join(directory, 'state.db');
    const options = { clock: new FakeClock(), authority: new TestAuthority() };
    const disk = openStore(path);
    const [a, b] = [new Member('a', { ...options, disk }), new Member('b', options)];
    a.records.put('port', 'kept', 1);
    b.records.put('port', 'heard', 2);
    const heard = b.bytesOf('port', 'heard');
    const makeRoom = fill(directory);
    const full = expect.objectContaining({ code: 'STATE_UNWRITABLE' });

    expect(() => {
      for (let n = 0; n < 1_000; n++) a.records.put('port', 'large', `${n}`.repeat(5_000));
    }).toThrow(full);
    expect(() => a.records.put('port', 'kept', 'x'.repeat(60_000))).toThrow(full);
    expect(said(a.records, 'port')['a/kept']).toBe(1);
    options.clock.advance(13 * HOUR_MS);
    expect(() => a.records.maintain()).toThrow(full);

    makeRoom();
    a.records.maintain();
    a.records.put('port', 'kept', 3);
    expect(a.records.accept(heard, 'p')).toEqual({ outcome: 'stored' });
    const digest = a.records.digest();
    disk.close();
    const reopened = new Member('a', { ...options, key: a.key, disk: openStore(path) });
    expect(reopened.records.digest()).toBe(digest);
    expect(said(reopened.records, 'port')).toMatchObject({ 'a/kept': 3, 'b/heard': 2 });
    reopened.disk.close();
  },
);

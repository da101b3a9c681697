import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import type { LoadRecords, StoredRecords } from './stored-records.ts';
import { DISK_FULL, FailingDisk } from './testing/failing-disk.ts';
import { Member, said, TestAuthority } from './testing/members.ts';

/** Member `b` on a disk that can fail, with a record of `a` whose authority has just fallen. */
function fallen() {
  const authority = new TestAuthority();
  const options = { clock: new FakeClock(), authority };
  const [a, b] = [new Member('a', options), new Member('b', options)];
  const disk = new FailingDisk();
  b.restart(disk);
  a.records.put('node', 'self', 'a');
  const bytes = a.bytesOf('node', 'self');
  b.records.accept(bytes, 'p');
  authority.distrusted.add('a');
  const onDisk = () => [...disk.space('records').entries()].map(([id]) => id);
  return { authority, b, bytes, disk, onDisk };
}

test('what no longer stands is out of force at once, though the disk cannot let go of it', () => {
  const { b, disk, onDisk } = fallen();
  disk.failAt(disk.steps + 1, 'failed');
  b.records.revalidate();
  expect(said(b.records, 'node')).toEqual({});
  expect(() => b.records.maintain()).toThrow(DISK_FULL);
  expect(onDisk()).toEqual(['a/node/self']);
  expect(said(b.restart(disk), 'node')).toEqual({});
  b.records.maintain();
  expect(onDisk()).toEqual([]);
});

test('what came into force again before the disk let go of it stays on disk', () => {
  const { authority, b, bytes, onDisk } = fallen();
  b.records.revalidate();
  authority.distrusted.clear();
  expect(b.records.accept(bytes, 'p')).toEqual({ outcome: 'stored' });
  b.records.maintain();
  expect(onDisk()).toEqual(['a/node/self']);
});

test('what is known already, and what is cleaned already, costs the disk nothing', () => {
  const { authority, b, bytes, disk } = fallen();
  authority.distrusted.clear();
  const before = disk.steps;
  expect(b.records.accept(bytes, 'p')).toEqual({ outcome: 'known' });
  b.records.maintain();
  expect(disk.steps).toBe(before);
  authority.distrusted.add('a');
  b.records.revalidate();
  b.records.maintain();
  const cleaned = disk.steps;
  b.records.maintain();
  expect(disk.steps).toBe(cleaned);
});

test('what a node says waits for the disk, what it hears and forgets does not', () => {
  const { b, bytes, disk, authority } = fallen();
  authority.distrusted.clear();
  b.restart(disk);
  const survived = (act: () => void) => {
    disk.survived.length = 0;
    act();
    return disk.survived;
  };
  expect(survived(() => b.records.put('node', 'self', 'b'))).toEqual(['host']);
  expect(survived(() => b.records.withdraw('node', 'self'))).toEqual(['host']);
  authority.distrusted.add('a');
  b.records.revalidate();
  expect(survived(() => b.records.maintain())).toEqual(['process']);
  authority.distrusted.clear();
  expect(survived(() => b.records.accept(bytes, 'p'))).toEqual(['process']);
});

test('nodes that start from one image of a disk share one index, read once', () => {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  const a = new Member('a', options);
  for (let n = 0; n < 100; n++) a.records.put('endpoint', `${n}`, n);
  let reads = 0;
  let image: StoredRecords | undefined;
  const load: LoadRecords = (_, read) => {
    if (image === undefined) reads++;
    image ??= read();
    return image;
  };
  const copies = ['b', 'c', 'd'].map((name) => {
    const disk = new FailingDisk();
    for (const [id, bytes] of a.disk.space('records').entries()) {
      disk.space('records').put(id, bytes);
    }
    return new Member(name, { ...options, disk, load }).records;
  });
  expect(reads).toBe(1);
  expect(copies.every((records) => records.snapshot() === copies[0]?.snapshot())).toBe(true);
  copies[0]?.put('node', 'self', 'b');
  expect(copies.map((records) => records.snapshot().count)).toEqual([101, 100, 100]);
  expect(copies[1]?.snapshot().digest).toBe(a.records.digest());
});

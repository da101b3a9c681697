import { expect, spyOn, test } from 'bun:test';
import { FakeClock, recordingLog } from '../../ports/testing/index.ts';
import { DISK_FULL, FailingDisk } from '../testing/failing-disk.ts';
import { Member, said, TestAuthority } from '../testing/members.ts';
import { MAINTENANCE_PERIOD_MS, QUIET_PERIOD_MS } from './limits.ts';
import { Upkeep } from './upkeep.ts';

/** A member whose records are kept up, and how often they were. */
function keptUp() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  const disk = new FailingDisk();
  const a = new Member('a', { clock, authority, disk });
  const other = new Member('b', { clock, authority });
  const log = recordingLog();
  const upkeep = new Upkeep({ records: a.records, clock, log, isHeldUp: () => false });
  const times = spyOn(a.records, 'maintain');
  upkeep.start();
  a.records.onChange(() => upkeep.changed());
  return { a, other, clock, disk, log, upkeep, times: () => times.mock.calls.length };
}

test('while nothing is due records are looked at only now and then', () => {
  const { a, clock, times } = keptUp();
  a.records.put('node', 'self', 1);
  clock.advance(MAINTENANCE_PERIOD_MS);
  const before = times();
  clock.advance(6 * QUIET_PERIOD_MS);
  expect(times() - before).toBe(6);
});

test('what ends is dropped within a second of its end, whenever it came', () => {
  const { a, other, clock } = keptUp();
  const told: string[] = [];
  a.records.onChange((changes) => told.push(...changes.map(({ record }) => record.id)));
  clock.advance(2 * MAINTENANCE_PERIOD_MS); // nothing is due, so it will not be looked for long
  const expiresAt = clock.now() + 3_500;
  expect(a.records.accept(other.forge({ expiresAt }), 'p')).toEqual({ outcome: 'stored' });
  clock.advance(3_000);
  expect(told).toHaveLength(1);
  clock.advance(500 + MAINTENANCE_PERIOD_MS);
  expect(told).toHaveLength(2);
});

test('what is half through its life is said again when it is, and no second later', () => {
  const { a, clock } = keptUp();
  a.records.put('node', 'self', 1);
  const issuedAt = () => a.records.snapshot().get('a/node/self')?.content.issuedAt ?? 0;
  const first = issuedAt();
  const halfMs = 12 * 60 * 60 * 1_000;
  clock.advance(halfMs - 1);
  expect(issuedAt()).toBe(first);
  clock.advance(1 + MAINTENANCE_PERIOD_MS);
  expect(issuedAt()).toBeGreaterThan(first);
});

test('what a full disk kept from being deleted is said, and deleted a second later', () => {
  const { a, other, clock, disk, log } = keptUp();
  a.records.accept(other.forge({ expiresAt: clock.now() + 1_500 }), 'p');
  disk.failAt(disk.steps + 1, 'failed');
  clock.advance(3 * MAINTENANCE_PERIOD_MS);
  expect(said(a.records, 'node')).toEqual({});
  expect(log.lines.filter(({ fields }) => `${fields?.error}`.includes(DISK_FULL))).toHaveLength(1);
  expect([...disk.space('records').entries()]).toEqual([]);
});

test('nothing is kept up any more when it is stopped', () => {
  const { a, clock, upkeep, times } = keptUp();
  a.records.put('node', 'self', 1);
  upkeep.stop();
  a.records.put('node', 'self', 2);
  clock.advance(2 * QUIET_PERIOD_MS);
  expect(times()).toBe(0);
});

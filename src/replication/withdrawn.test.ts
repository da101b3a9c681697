import { expect, test } from 'bun:test';
import { openStore } from '../platform/sqlite-store.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { WITHDRAWAL_LIFE_MS } from './limits.ts';
import { HOUR_MS, Member, said, TestAuthority } from './testing/members.ts';

const pair = () => {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  return { ...options, a: new Member('a', options), b: new Member('b', options) };
};

test('what a node withdrew in this life is not brought back by what it said in an earlier one', () => {
  const { clock, a, b } = pair();
  a.restart();
  a.restart();
  a.records.put('endpoint', 'web', 'earlier');
  const earlier = a.bytesOf('endpoint', 'web');
  a.restart(openStore(':memory:'));
  a.records.put('endpoint', 'web', 'now');
  a.records.withdraw('endpoint', 'web');
  a.records.accept(earlier, 'p');
  b.records.accept(earlier, 'p');
  a.records.maintain();
  expect(said(a.records, 'endpoint')).toEqual({});
  b.records.accept(a.bytesOf('endpoint', 'web'), 'p');
  expect(said(b.records, 'endpoint')).toEqual({});
  clock.advance(13 * HOUR_MS);
  a.records.maintain();
  expect(said(a.records, 'endpoint')).toEqual({});
});

/** What `a` said for a day, and its withdrawal of that, which rests on a credential that ends within the hour. */
function takenBack({ clock, a }: ReturnType<typeof pair>) {
  a.records.put('endpoint', 'web', 1);
  const record = a.bytesOf('endpoint', 'web');
  a.credentialEndsAt = clock.now() + HOUR_MS;
  a.records.withdraw('endpoint', 'web');
  return { record, withdrawal: a.bytesOf('endpoint', 'web') };
}

test('a record does not come back after its withdrawal has ended, to whoever heard of the withdrawal', () => {
  const mesh = pair();
  const { clock, b } = mesh;
  const { record, withdrawal } = takenBack(mesh);
  b.records.accept(withdrawal, 'p');
  clock.advance(2 * HOUR_MS);
  b.records.maintain();
  expect(b.records.accept(record, 'p')).toEqual({ outcome: 'known' });
  b.restart();
  b.records.revalidate();
  expect(b.records.accept(record, 'p')).toEqual({ outcome: 'known' });
  clock.advance(21 * HOUR_MS);
  b.records.maintain();
  expect(b.records.accept(record, 'p')).toEqual({ outcome: 'known' });
  clock.advance(2 * HOUR_MS);
  expect(b.records.snapshot().count).toBe(0); // and not for ever
  expect(b.records.accept(record, 'p')).toEqual({ outcome: 'refused', reason: 'expired' });
});

test('a withdrawal that has ended still takes back the record where it was not known', () => {
  const mesh = pair();
  const { clock, b } = mesh;
  const { record, withdrawal } = takenBack(mesh);
  b.records.accept(record, 'p');
  clock.advance(2 * HOUR_MS);
  expect(b.records.accept(withdrawal, 'p')).toEqual({ outcome: 'stored' });
  expect(said(b.records, 'endpoint')).toEqual({});
});

test('a withdrawal holds for a day and the clocks, however far ahead or back its writer dates it', () => {
  const { clock, a, b } = pair();
  const issuedAt = clock.now() - WITHDRAWAL_LIFE_MS;
  const expiresAt = issuedAt + 1;
  for (const [life, outcome] of [
    [0, 'refused'],
    [1, 'stored'],
  ] as const) {
    const dates = { issuedAt: issuedAt + life, expiresAt };
    const bytes = a.forge({ ...dates, tombstone: true, value: null });
    expect(b.records.accept(bytes, 'p').outcome).toBe(outcome);
  }
  clock.advance(1);
  expect(b.records.snapshot().count).toBe(0);
});

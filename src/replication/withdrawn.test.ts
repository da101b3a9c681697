import { expect, test } from 'bun:test';
import { openStore } from '../platform/sqlite-store.ts';
import { FakeClock } from '../ports/testing/index.ts';
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

test('a withdrawal that rests on a credential of a shorter life is said again while the record could come back', () => {
  const { clock, a, b } = pair();
  a.records.put('endpoint', 'web', 1);
  const withdrawn = a.bytesOf('endpoint', 'web');
  a.credentialEndsAt = clock.now() + HOUR_MS;
  a.records.withdraw('endpoint', 'web');
  a.credentialEndsAt = clock.now() + 168 * HOUR_MS;
  clock.advance(HOUR_MS);
  a.records.maintain();
  b.records.acceptAll([a.bytesOf('endpoint', 'web'), withdrawn], 'p');
  expect(said(b.records, 'endpoint')).toEqual({});
  for (let hour = 1; hour < 24; hour++) {
    clock.advance(HOUR_MS);
    a.records.maintain();
  }
  expect(a.records.bytesOf('a/endpoint/web')).toBeDefined();
  clock.advance(24 * HOUR_MS);
  a.records.maintain();
  expect(a.records.bytesOf('a/endpoint/web')).toBeUndefined(); // and not for ever
});

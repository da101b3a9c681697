import { expect, test } from 'bun:test';
import type { Enforced } from '../witness/index.ts';
import { KeptChanges } from './kept-changes.ts';
import { RisingVersions } from './rising-versions.ts';
import { SignedLists } from './signed-lists.ts';

/** What a node has in force: the governors' list, and one of a team. */
const enforced = (targets: number, team = 1, numbers: Partial<Enforced> = {}): Enforced => ({
  root: 1,
  snapshot: targets + team,
  timestamp: targets + team,
  ...numbers,
  lists: new Map([
    ['targets', { version: targets, digest: `targets ${targets}` }],
    ['ns.pay', { version: team, digest: `team ${team}` }],
  ]),
});

test('a list that too few have signed is a breach wherever it comes into force', () => {
  const check = new SignedLists({ isSigned: (_role, digest) => digest !== 'team 2' });
  check.enforced(1, enforced(5, 1), 0);
  expect(check.breaches()).toEqual([]);
  check.enforced(1, enforced(5, 2), 1_500);
  expect(check.breaches()).toEqual(['n00001 at 1.5 s: ns.pay 2 lacks signatures']);
});

test('a list, a root or a snapshot that falls is a breach; after a new root snapshots may begin anew', () => {
  const check = new RisingVersions();
  for (const next of [enforced(1), enforced(2), enforced(2, 2)]) check.enforced(0, next, 0);
  check.enforced(0, enforced(2, 2, { root: 2, snapshot: 1, timestamp: 1 }), 0);
  expect(check.breaches()).toEqual([]);
  check.enforced(0, enforced(1, 2, { root: 2, snapshot: 2, timestamp: 2 }), 2_000);
  check.enforced(0, enforced(1, 2, { root: 1, snapshot: 1, timestamp: 2 }), 3_000);
  expect(check.breaches()).toEqual([
    'n00000 at 2.0 s: targets 1 after 2',
    'n00000 at 3.0 s: root 1 after 2',
    'n00000 at 3.0 s: snapshot 1 after 2',
  ]);
});

test('a restart takes nothing back, unless the disk lost what it had confirmed', () => {
  const check = new RisingVersions();
  check.enforced(0, enforced(2), 0);
  check.stopped(0, 'crashed-with-loss');
  check.enforced(0, enforced(1), 0);
  expect(check.breaches()).toEqual([]);
  check.stopped(0, 'crashed');
  check.enforced(0, enforced(1, 1, { snapshot: 1 }), 1_000);
  expect(check.breaches()).toEqual(['n00000 at 1.0 s: snapshot 1 after 2']);
});

test('a published list that a running node lacks in the end is a breach; one above it will do', () => {
  const check = new KeptChanges({ reliable: () => [0, 1] });
  check.published(0, enforced(2).lists);
  check.enforced(0, enforced(2));
  check.enforced(1, enforced(1));
  expect(check.breaches()).toEqual(['targets 2, published at n00000, is not at n00001']);
  check.enforced(1, enforced(3));
  expect(check.breaches()).toEqual([]);
});

test('what only a disk held that lied about it cannot be asked for again; what others have can', () => {
  const check = new KeptChanges({ reliable: () => [1] });
  check.enforced(1, enforced(1));
  check.published(0, enforced(2).lists);
  check.stopped(0, 'crashed-with-loss');
  expect(check.breaches()).toEqual([]);
  check.enforced(2, enforced(2));
  check.published(0, enforced(2).lists);
  check.stopped(0, 'crashed-with-loss');
  expect(check.breaches()).toEqual(['targets 2, published at n00000, is not at n00001']);
});

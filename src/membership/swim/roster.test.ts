import { expect, test } from 'bun:test';
import type { NodeName } from '../../core/index.ts';
import { Roster, type RosterEntry } from './roster.ts';

const entry = (name: string, tag: string, port = 7600): RosterEntry => ({
  name: name as NodeName, // a label
  peerId: `peer-${tag}`,
  publicKey: new Uint8Array(32),
  epoch: 1,
  addresses: [`/ip4/10.0.0.1/tcp/${port}`],
  address: { host: '10.0.0.1', port },
  tag,
});

test('the same member has one handle for all who use it, until the last lets go', () => {
  const roster = new Roster();
  const a = roster.intern(entry('a', 'aa'));
  expect(roster.intern(entry('a', 'aa'))).toBe(a);
  expect(roster.entry(a)?.name).toBe('a' as NodeName);
  roster.release(a);
  expect(roster.tagged('aa')).toEqual([a]);
  roster.release(a);
  expect(roster.entry(a)).toBeUndefined();
  expect([roster.tagged('aa'), roster.size]).toEqual([[], 0]);
  expect(roster.intern(entry('b', 'bb'))).toBe(a);
});

test('another address, or another key under the name, is another one, found by tag and by name', () => {
  const roster = new Roster();
  const here = roster.intern(entry('a', 'aa'));
  const moved = roster.intern(entry('a', 'aa', 7700));
  const taken = roster.intern(entry('a', 'cc'));
  expect(roster.tagged('aa')).toEqual([here, moved]);
  expect(roster.named('a' as NodeName)).toEqual([here, moved, taken]);
  expect(roster.size).toBe(3);
});

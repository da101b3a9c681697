import { expect, test } from 'bun:test';
import type { NodeName } from '../../core/index.ts';
import { Roster, type RosterEntry } from './roster.ts';

/** The latest with a tag that `isWanted`. */
const tagged = (roster: Roster, tag: string, isWanted = (_: number) => true) =>
  roster.tagged(Uint8Array.fromHex(tag), 0, { has: isWanted });

const AA = 'aa'.repeat(8);
const BB = 'bb'.repeat(8);
const CC = 'cc'.repeat(8);

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
  const a = roster.intern(entry('a', AA));
  expect(roster.intern(entry('a', AA))).toBe(a);
  expect(roster.entry(a)?.name).toBe('a' as NodeName);
  roster.release(a);
  expect(tagged(roster, AA)).toBe(a);
  roster.release(a);
  expect(roster.entry(a)).toBeUndefined();
  expect([tagged(roster, AA), roster.size]).toEqual([undefined, 0]);
  expect(roster.intern(entry('b', BB))).toBe(a);
});

test('another address, or another key under the name, is another one, found by tag and by name', () => {
  const roster = new Roster();
  const here = roster.intern(entry('a', AA));
  const moved = roster.intern(entry('a', AA, 7700));
  const taken = roster.intern(entry('a', CC));
  expect(tagged(roster, AA, (member) => member === here)).toBe(here);
  expect(tagged(roster, AA, (member) => member !== here)).toBe(moved);
  expect(tagged(roster, BB)).toBeUndefined();
  expect(roster.named('a' as NodeName)).toEqual([here, moved, taken]);
  expect(roster.size).toBe(3);
});

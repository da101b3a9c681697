import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName } from '../core/index.ts';
import {
  isSerial,
  MAX_REVOKED_BY_AUTHORITY,
  Revocations,
  type Revoked,
  type RevokedByAuthority,
  type SignedFacts,
} from './revocations.ts';
import { idOf, NOW, WEB } from './testing/index.ts';

const N1 = 'n1' as NodeName; // a label, by inspection
const N2 = 'n2' as NodeName;
const hexOf = (digit: string): string => digit.repeat(64);
const SVID: SignedFacts = {
  spiffeId: WEB,
  publicKeySha256: hexOf('a'),
  serial: '41ff',
  notBefore: NOW,
  authorityKeySha256: hexOf('c'),
  node: N1,
};

const revokes = (revoked: Revoked, signed: SignedFacts = SVID): boolean =>
  new Revocations([revoked], []).problemOf(signed) !== undefined;
const takesBack = (one: Partial<RevokedByAuthority>, signed: SignedFacts = SVID): boolean => {
  const { authorityKeySha256 = hexOf('c'), what = { serial: '41ff' }, untilMs = NOW } = one;
  const problem = new Revocations([], [{ authorityKeySha256, what, untilMs }]).problemOf(signed);
  return problem !== undefined;
};

describe('the governors revoke', () => {
  test('a workload up to an instant: what begins later is good', () => {
    const beforeMs = NOW;
    expect(revokes({ kind: 'workload', spiffeId: WEB, beforeMs })).toBe(true);
    expect(revokes({ kind: 'workload', spiffeId: WEB, beforeMs: NOW - 1 })).toBe(false);
    expect(revokes({ kind: 'workload', spiffeId: idOf(`${WEB}2`), beforeMs })).toBe(false);
  });

  test('a node up to an instant, with all that workloads got by way of it', () => {
    expect(revokes({ kind: 'node', node: N1, beforeMs: NOW })).toBe(true);
    expect(revokes({ kind: 'node', node: N1, beforeMs: NOW - 1 })).toBe(false);
    expect(revokes({ kind: 'node', node: N2, beforeMs: NOW })).toBe(false);
  });

  test('what was signed by an older list than the one that brought the revocation, though it began later', () => {
    const of = (trustVersion: number): SignedFacts => ({ ...SVID, trustVersion });
    const named = [
      { kind: 'workload', spiffeId: WEB, beforeMs: NOW - 1, version: 7 },
      { kind: 'node', node: N1, beforeMs: NOW - 1, version: 7 },
    ] as const;
    for (const revoked of named) {
      expect([6, 7, 8].map((version) => revokes(revoked, of(version)))).toEqual([
        true,
        false,
        false,
      ]);
      expect(revokes(revoked)).toBe(false); // says nothing of a list, as credentials do
    }
    const other = {
      kind: 'workload',
      spiffeId: idOf(`${WEB}2`),
      beforeMs: NOW,
      version: 7,
    } as const;
    expect(revokes(other, of(6))).toBe(false);
  });

  test('a node with what it renews afterwards for the key that it had by then', () => {
    const revoked: Revoked = { kind: 'node', node: N1, beforeMs: NOW };
    const renewed = { ...SVID, notBefore: NOW + 1e9 };
    expect(revokes(revoked, { ...renewed, memberSinceMs: NOW })).toBe(true);
    expect(revokes(revoked, { ...renewed, memberSinceMs: NOW + 1_000 })).toBe(false);
    expect(revokes(revoked, { ...SVID, memberSinceMs: NOW + 1_000 })).toBe(true);
  });

  test('a key of whomever, and the key of an authority with all that it signed and will', () => {
    expect(revokes({ kind: 'key', keySha256: hexOf('a') })).toBe(true);
    expect(revokes({ kind: 'key', keySha256: hexOf('c') })).toBe(false);
    expect(revokes({ kind: 'authority', keySha256: hexOf('c') })).toBe(true);
    const later = { ...SVID, notBefore: NOW + 1e9 };
    expect(revokes({ kind: 'authority', keySha256: hexOf('c') }, later)).toBe(true);
    expect(revokes({ kind: 'authority', keySha256: hexOf('a') })).toBe(false);
  });

  test('a name twice: the later instant counts, in whatever order', () => {
    const early: Revoked = { kind: 'workload', spiffeId: WEB, beforeMs: NOW - 5 };
    const late: Revoked = { kind: 'workload', spiffeId: WEB, beforeMs: NOW + 5 };
    for (const all of [
      [early, late],
      [late, early],
    ]) {
      expect(new Revocations(all, []).problemOf(SVID)).toContain(WEB);
      expect(new Revocations(all, []).earliestFor(WEB, N1)).toBe(NOW + 6);
    }
  });
});

describe('an authority takes back', () => {
  test('a certificate by its serial, or all for a key', () => {
    expect(takesBack({ what: { serial: '41ff' } })).toBe(true);
    expect(takesBack({ what: { keySha256: hexOf('a') } })).toBe(true);
    expect(takesBack({ what: { serial: '41fe' } })).toBe(false);
  });

  test('only what its own key signed, whatever it names', () => {
    const authorityKeySha256 = hexOf('d');
    expect(takesBack({ authorityKeySha256 })).toBe(false);
    expect(takesBack({ authorityKeySha256, what: { keySha256: hexOf('a') } })).toBe(false);
  });

  test('no credential by a serial: it has none', () => {
    const { serial: _, ...credential } = SVID;
    expect(takesBack({ what: { serial: '41ff' } }, credential)).toBe(false);
  });

  test('everything, when it names more than is kept', () => {
    const others = (count: number): RevokedByAuthority[] =>
      Array.from({ length: count }, (_, at) => ({
        authorityKeySha256: hexOf('c'),
        what: { serial: (0x40000 + at).toString(16).padStart(6, '0') },
        untilMs: NOW,
      }));
    const full = new Revocations([], others(MAX_REVOKED_BY_AUTHORITY));
    expect([full.problemOf(SVID), full.overflowed.size]).toEqual([undefined, 0]);
    const over = new Revocations([], others(MAX_REVOKED_BY_AUTHORITY + 1));
    expect(over.problemOf(SVID)).toContain('all counts as revoked');
    expect([...over.overflowed]).toEqual([hexOf('c')]);
    const ofAnother = { ...SVID, authorityKeySha256: hexOf('d') };
    expect(over.problemOf(ofAnother)).toBeUndefined();
    const { all, byAuthorities } = over.lists;
    expect([all, byAuthorities]).toEqual([[{ kind: 'authority', keySha256: hexOf('c') }], []]);
    const told = new Revocations(all, byAuthorities);
    expect(told.problemOf(SVID)).toContain('is revoked');
    expect(told.problemOf(ofAnother)).toBeUndefined();
  });
});

test('what is issued from the earliest instant on is good, and not a moment before', () => {
  const instant = fc.integer({ min: 0, max: 50 });
  const revoked = fc.oneof(
    fc.record({
      kind: fc.constant('workload' as const),
      spiffeId: fc.constant(WEB),
      beforeMs: instant,
    }),
    fc.record({ kind: fc.constant('node' as const), node: fc.constant(N1), beforeMs: instant }),
  );
  const property = fc.property(fc.array(revoked, { maxLength: 5 }), (all) => {
    const revocations = new Revocations(all, []);
    const earliest = revocations.earliestFor(WEB, N1);
    expect(revocations.problemOf({ ...SVID, notBefore: earliest })).toBeUndefined();
    if (all.length === 0) expect(earliest).toBe(0);
    else expect(revocations.problemOf({ ...SVID, notBefore: earliest - 1 })).toBeDefined();
  });
  fc.assert(property, { seed: 7 });
});

test('a serial number has one spelling: whole octets, lower case, none of them in front for nothing', () => {
  expect(['41ff', '00', '7f'.repeat(20)].map(isSerial)).toEqual([true, true, true]);
  expect(['', '1ff', '41FF', '0041', '7f'.repeat(21), '41:ff'].map(isSerial)).toEqual(
    Array.from({ length: 6 }, () => false),
  );
});

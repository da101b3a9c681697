import { beforeEach, expect, test } from 'bun:test';
import { recordingMeter } from '../ports/testing/index.ts';
import { IdentityCountdown, type IdentityCountdownParts } from './identity-countdown.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const MINUTE_MS = 60_000;

/** n2, which is no authority, and n1, which is the only one. */
let mesh: TestMesh;
let n2: TestMember;
let members: { name: string; state: string }[];
/** What certificate of its own each node says it has. */
let said: Record<string, string>;
beforeEach(async () => {
  mesh = await TestMesh.found();
  n2 = await mesh.member('n2');
  members = [{ name: 'n1', state: 'alive' }];
  said = {};
});

function countdown(
  of: Pick<TestMember, 'clock' | 'trust' | 'role'>,
  svidMinutes: readonly number[] = [],
) {
  const { clock, trust, role } = of;
  const meter = recordingMeter();
  const sessions = svidMinutes.map((minutes, index) => ({
    workload: {
      spiffeId: `spiffe://shop.example/w${index}`,
      svidEndsAt: clock.now() + minutes * MINUTE_MS,
    },
    facts: { pid: index },
  }));
  const parts = {
    clock,
    trust,
    role,
    meter,
    membership: { members: () => members },
    registry: { node: (name: string) => claimOf(said[name]) },
    credentials: { credential: { expiresAt: clock.now() + 30 * MINUTE_MS } },
    workloads: { sessions },
  };
  // Of these only what stands here is read.
  const made = new IdentityCountdown(parts as unknown as IdentityCountdownParts);
  return Object.assign(made, { meter });
}

const claimOf = (certificatePem: string | undefined) =>
  certificatePem && { claim: { authority: { certificatePem } } };

test('while an authority lives, or does not answer just now, nothing is counted down', () => {
  expect(countdown(n2, [3]).warnings()).toEqual([]);
  members = [{ name: 'n1', state: 'suspect' }];
  expect(countdown(n2, [3]).warnings()).toEqual([]);
  members = [];
  expect(countdown(mesh.n1, [3]).warnings()).toEqual([]); // it is one itself
});

test('that one authority of several is left is said, while there is time to start another', () => {
  const trusted = n2.trust.current();
  const [n1] = trusted.authorities;
  const both = [n1, { ...n1, node: 'n3' }];
  const trust = { current: () => ({ ...trusted, authorities: both }) } as never; // of it, only names are read
  const told = countdown({ clock: n2.clock, role: n2.role, trust }, [3]);
  const n3Is = (state: string) => {
    members = [
      { name: 'n1', state: 'alive' },
      { name: 'n3', state },
    ];
    return told.warnings();
  };
  expect(n3Is('dead')).toEqual([
    'only one authority lives (n3 died): start another, or make one with `selvage authority add`',
  ]);
  expect(n3Is('alive')).toEqual([]);
  expect(n3Is('left')).toEqual([]); // somebody stopped it
});

test('one that lost its keys is said, and does not count as living', () => {
  const [own] = n2.trust.current().authorities.flatMap(({ certificates }) => certificates);
  if (own === undefined) throw new Error('n1 is an authority');
  said = { n1: own.pem };
  const told = countdown(n2);
  expect(told.warnings()).toEqual([]);
  said = { n1: 'that of a node which joined again' };
  expect(told.warnings().slice(0, 2)).toEqual([
    'no authority lives (n1): nothing is renewed until one is started, or made with `selvage authority add`',
    'n1 lost the keys by which it is an authority, and signs nothing: put its new ones in force with `selvage authority add n1 --key FILE`',
  ]);
  told.follow();
  expect(told.meter.value('selvage_authorities', { state: 'living' })).toBe(0);
});

test('with none left it is said what ends when, the soonest first', () => {
  members = [{ name: 'n1', state: 'dead' }];
  const told = countdown(n2, [40, 12]);
  mesh.clock.advance(MINUTE_MS);
  expect(told.warnings()).toEqual([
    'no authority lives (n1): nothing is renewed until one is started, or made with `selvage authority add`',
    'the SVID of spiffe://shop.example/w1 (pid 1) ends in 11m',
    'the membership credential ends in 29m',
    'the SVID of spiffe://shop.example/w0 (pid 0) ends in 39m',
  ]);
  mesh.clock.advance(11 * MINUTE_MS);
  expect(told.warnings()[1]).toEndWith('has ended');
});

test('of thousands of workloads the first to end are told', () => {
  members = [{ name: 'n1', state: 'left' }];
  const warnings = countdown(
    n2,
    Array.from({ length: 1_000 }, (_, n) => 60 + n),
  ).warnings();
  expect(warnings).toHaveLength(7);
  expect(warnings.at(-1)).toBe('996 more SVIDs end after that');
});

test('who lives, and when the credential ends, is measured', () => {
  members = [{ name: 'n1', state: 'dead' }];
  const told = countdown(n2);
  expect(told.meter.value('selvage_authorities', { state: 'living' })).toBe(0);
  expect(told.meter.value('selvage_authorities', { state: 'gone' })).toBe(1);
  members = [{ name: 'n1', state: 'alive' }];
  told.follow();
  expect(told.meter.value('selvage_authorities', { state: 'living' })).toBe(1);
});

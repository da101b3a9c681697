import { beforeEach, expect, test } from 'bun:test';
import { Revocations, type Revoked } from '../crypto/index.ts';
import { REVOCATION_KIND, type RevocationClaim, revocationKey } from '../registry/index.ts';
import { type RecordStore, recordId } from '../replication/index.ts';
import { NEXT_RECORD_MS, RevocationsInForce } from './revocations-in-force.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

let mesh: TestMesh;
let n2: TestMember;
let records: RecordStore;
let failures: Error[];
let inForce: RevocationsInForce;
let changes: number;
beforeEach(async () => {
  mesh = await TestMesh.found();
  n2 = await mesh.member('n2');
  failures = [];
  changes = 0;
  records = mesh.n1.openRecords();
  inForce = open(mesh.n1, records);
  inForce.onChange(() => {
    changes += 1;
  });
});

function open(member: TestMember, own: RecordStore): RevocationsInForce {
  const { name: node, trust, role, clock, log, meter } = member;
  const credentials = { revoked: () => undefined, credential: { expiresAt: 0 } };
  return new RevocationsInForce({
    node,
    trust,
    role,
    clock,
    log,
    meter,
    records: own,
    credentials: credentials as never, // only what stands here is called
    fail: (error) => failures.push(error),
  });
}

const claim = (): RevocationClaim => {
  const sinceMs = mesh.clock.now();
  return { what: { serial: '41ff' }, sinceMs, untilMs: sinceMs + 60_000, reason: 'stolen' };
};
const revokeBy = (own: RecordStore): void =>
  own.put(REVOCATION_KIND, revocationKey(claim().what), claim());
const count = (): number => mesh.n1.role.bundle().revocations.lists.byAuthorities.length;

/** What others wrote comes here. */
const hear = (own: RecordStore, writer: TestMember): string => {
  const id = recordId(writer.name, REVOCATION_KIND, revocationKey(claim().what));
  const outcome = records.accept(own.bytesOf(id) ?? new Uint8Array(), 'a peer').outcome;
  mesh.clock.advance(1);
  return outcome;
};

test('what this node’s authority takes back is in the bundle at once, and nothing else changes it', () => {
  revokeBy(records);
  mesh.clock.advance(1);
  expect([count(), changes]).toEqual([1, 1]);
  records.put('node', 'self', { n: 1 });
  mesh.clock.advance(1);
  expect(changes).toBe(1);
});

test('an authority that changes its mind all the time has members judge again once a second, and loses no word', () => {
  const say = (serial: string) => {
    const what = { serial };
    records.put(REVOCATION_KIND, revocationKey(what), { ...claim(), what });
    mesh.clock.advance(1);
  };
  for (let at = 0; at < 100; at++) say((0x4000 + at).toString(16));
  expect([changes, count()]).toEqual([1, 1]);
  mesh.clock.advance(NEXT_RECORD_MS);
  expect([changes, count()]).toEqual([2, 100]);
  mesh.clock.advance(10 * NEXT_RECORD_MS);
  say('51ff');
  expect([changes, count()]).toEqual([3, 101]);
});

test('a record of a node that is no authority is kept like any, and changes nothing', () => {
  const theirs = n2.openRecords();
  revokeBy(theirs);
  expect(hear(theirs, n2)).toBe('stored');
  expect([count(), changes, inForce.views().length]).toEqual([0, 0, 0]);
});

test('what an authority took back stays so while what it signed goes out', async () => {
  await mesh.addAuthority(n2);
  const theirs = n2.openRecords();
  revokeBy(theirs);
  hear(theirs, n2);
  inForce.follow();
  expect(count()).toBe(1);
  await mesh.retireAuthority(n2, 600_000);
  inForce.follow();
  expect(count()).toBe(1);
  await mesh.apply([], ['retiring/n2.json']);
  inForce.follow();
  expect(count()).toBe(0);
});

test('a record that was withdrawn does not come back by being sent again', () => {
  const theirs = n2.openRecords();
  revokeBy(theirs);
  const id = recordId(n2.name, REVOCATION_KIND, revocationKey(claim().what));
  const old = theirs.bytesOf(id) ?? new Uint8Array();
  theirs.withdraw(REVOCATION_KIND, revocationKey(claim().what));
  expect(hear(theirs, n2)).toBe('stored');
  expect(records.accept(old, 'a peer').outcome).toBe('known');
});

test('what a node says counts for nothing once it is revoked, and is not taken again', () => {
  const theirs = n2.openRecords();
  theirs.put('node', 'self', { n: 1 });
  const bytes = theirs.bytesOf(recordId(n2.name, 'node', 'self')) ?? new Uint8Array();
  expect(records.accept(bytes, 'a peer').outcome).toBe('stored');
  const revoked: Revoked = { kind: 'node', node: n2.name, beforeMs: mesh.clock.now() };
  mesh.n1.role.revoke(inForceWith(revoked));
  records.revalidate();
  expect(records.bytesOf(recordId(n2.name, 'node', 'self'))).toBeUndefined();
  expect(records.accept(bytes, 'a peer')).toMatchObject({ outcome: 'refused', reason: 'writer' });
});

const inForceWith = (revoked: Revoked) => new Revocations([revoked], []);

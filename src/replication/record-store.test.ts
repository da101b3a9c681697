import { expect, test } from 'bun:test';
import * as dagCbor from '@ipld/dag-cbor';
import { openStore } from '../platform/sqlite-store.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { ReplicationError } from './errors.ts';
import { MAX_BOOT, MAX_RECORD_BYTES, WITHDRAWAL_LIFE_MS } from './limits.ts';
import { HOUR_MS, Member, type MemberOptions, said, TestAuthority } from './testing/members.ts';
import type { WriterCheck } from './writer.ts';

function mesh() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  const member = (name: string, options: Partial<MemberOptions> = {}): Member =>
    new Member(name, { clock, authority, ...options });
  return { clock, authority, member };
}

test('what a node says is seen, replaced and withdrawn, by itself and by others', () => {
  const { member } = mesh();
  const [a, b] = [member('a'), member('b')];
  a.records.put('endpoint', 'web-1', { port: 80, ready: true });
  expect(b.records.accept(a.bytesOf('endpoint', 'web-1'), 'p')).toEqual({ outcome: 'stored' });
  expect(said(b.records, 'endpoint')).toEqual({ 'a/web-1': { port: 80, ready: true } });
  expect(said(b.records, 'node')).toEqual({});
  const first = a.bytesOf('endpoint', 'web-1');
  a.records.put('endpoint', 'web-1', { port: 81 });
  b.records.accept(a.bytesOf('endpoint', 'web-1'), 'p');
  expect(b.records.accept(first, 'p')).toEqual({ outcome: 'known' });
  expect(said(b.records, 'endpoint')).toEqual({ 'a/web-1': { port: 81 } });
  a.records.withdraw('endpoint', 'web-1');
  b.records.accept(a.bytesOf('endpoint', 'web-1'), 'p');
  expect(said(a.records, 'endpoint')).toEqual({});
  expect(said(b.records, 'endpoint')).toEqual({});
  expect(b.records.accept(first, 'p')).toEqual({ outcome: 'known' });
  expect(a.records.digest()).toBe(b.records.digest());
});

test('saying the same again, and withdrawing what was never said, change nothing', () => {
  const { member } = mesh();
  const { records } = member('a');
  const changes: string[] = [];
  records.onChange((batch) =>
    changes.push(...batch.map(({ record, origin }) => `${record.id} ${origin}`)),
  );
  records.put('node', 'self', { b: 1, a: [2, null] });
  records.put('node', 'self', { a: [2, null], b: 1 });
  records.withdraw('endpoint', 'never');
  records.withdraw('node', 'self');
  records.withdraw('node', 'self');
  expect(changes).toEqual(['a/node/self own-urgent', 'a/node/self own-urgent']);
});

test('a restarted node has all it knew, and writes above all it wrote', () => {
  const { member } = mesh();
  const [a, b] = [member('a'), member('b')];
  b.records.put('node', 'self', 'b');
  a.records.accept(b.bytesOf('node', 'self'), 'p');
  a.records.put('node', 'self', 'first life');
  const digest = a.records.digest();
  const records = a.restart();
  expect(records.digest()).toBe(digest);
  expect(said(records, 'node')).toEqual({ 'a/self': 'first life', 'b/self': 'b' });
  records.put('node', 'self', 'second life');
  expect(records.snapshot().get('a/node/self')?.sequence).toEqual({
    epoch: 1,
    boot: 2,
    n: 0,
  });
});

test('a node that lost its disk goes on above what its peers hold', () => {
  const { member } = mesh();
  const [a, b] = [member('a'), member('b')];
  for (let life = 0; life < 3; life++) a.restart();
  a.records.put('node', 'self', 'before');
  a.records.put('endpoint', 'old', 'before');
  const before = [a.bytesOf('node', 'self'), a.bytesOf('endpoint', 'old')];
  b.records.acceptAll(before, 'p');

  a.restart(openStore(':memory:'));
  a.records.put('node', 'self', 'after');
  expect(b.records.accept(a.bytesOf('node', 'self'), 'p')).toEqual({ outcome: 'known' });
  a.records.acceptAll(before, 'p');
  a.records.maintain();
  expect(said(a.records, 'node')).toEqual({ 'a/self': 'after' });
  expect(b.records.accept(a.bytesOf('node', 'self'), 'p')).toEqual({ outcome: 'stored' });
  expect(said(b.records, 'node')).toEqual({ 'a/self': 'after' });
  // What it did not say again is still its own to withdraw.
  expect(said(a.records, 'endpoint')).toEqual({ 'a/old': 'before' });
  a.records.withdraw('endpoint', 'old');
  expect(b.records.accept(a.bytesOf('endpoint', 'old'), 'p')).toEqual({ outcome: 'stored' });
  expect(said(b.records, 'endpoint')).toEqual({});
});

test('whoever else has a node’s key cannot keep it from starting again', () => {
  const { member } = mesh();
  const a = member('a');
  a.records.accept(a.forge({ sequence: { epoch: 1, boot: MAX_BOOT, n: 0 } }), 'p');
  expect(() => a.records.put('node', 'self', 'a')).toThrow(
    expect.objectContaining({ code: 'NAME_TAKEN_OVER' }),
  );
  expect(said(a.restart(), 'node')).toEqual({ 'a/self': 'forged' });
  a.records.put('node', 'other', 'a');
  expect(a.records.boot).toBeLessThan(MAX_BOOT);
});

test('own records are refreshed at half their life, others’ expire, tombstones end', () => {
  const { clock, member } = mesh();
  const [a, b] = [member('a'), member('b')];
  a.records.put('node', 'self', 'a');
  a.records.put('endpoint', 'x', 'x');
  a.records.withdraw('endpoint', 'x');
  b.records.acceptAll([a.bytesOf('node', 'self'), a.bytesOf('endpoint', 'x')], 'p');
  const first = a.bytesOf('node', 'self');
  clock.advance(12 * HOUR_MS - 1);
  a.records.maintain();
  expect(a.bytesOf('node', 'self')).toEqual(first);
  clock.advance(1);
  a.records.maintain();
  expect(a.bytesOf('node', 'self')).not.toEqual(first);
  expect(b.records.snapshot().count).toBe(2);
  clock.advance(12 * HOUR_MS);
  expect(said(b.records, 'node')).toEqual({});
  expect(b.records.snapshot().count).toBe(1);
  clock.advance(WITHDRAWAL_LIFE_MS - 24 * HOUR_MS);
  expect(b.records.snapshot().count).toBe(0);
  b.records.maintain();
  expect([...b.disk.space('records').entries()]).toEqual([]);
  expect(said(a.records, 'node')).toEqual({ 'a/self': 'a' });
  expect(b.records.accept(first, 'p')).toEqual({ outcome: 'refused', reason: 'expired' });
});

test('a record ends with the credential it rests on, and is said again under the next', () => {
  const { clock, member } = mesh();
  const a = member('a', { credentialLifeMs: HOUR_MS });
  a.records.put('node', 'self', 'a');
  expect(a.records.snapshot().expiresAt).toBe(a.credentialEndsAt);
  clock.advance(HOUR_MS);
  expect(said(a.records, 'node')).toEqual({});
  a.records.maintain();
  expect(() => a.records.put('node', 'self', 'b')).toThrow(
    expect.objectContaining({ code: 'CREDENTIAL_ENDED' }),
  );
  a.credentialEndsAt = clock.now() + HOUR_MS;
  a.records.maintain();
  expect(said(a.records, 'node')).toEqual({ 'a/self': 'a' });
});

const DEEP = new Uint8Array(60_000).fill(0x81); // an array in an array in …

test.each([
  ['no bytes', () => new Uint8Array(), 'malformed'],
  ['garbage', () => new TextEncoder().encode('garbage'), 'malformed'],
  ['an endless nest', () => DEEP, 'malformed'],
  ['too many bytes', () => new Uint8Array(MAX_RECORD_BYTES + 1), 'too-large'],
  ['a cut one', (a: Member) => a.forge().slice(0, -1), 'malformed'],
  ['a name that is no label', (a: Member) => a.forge({ kind: 'No/Label' }), 'malformed'],
  ['an empty key', (a: Member) => a.forge({ key: '' }), 'malformed'],
  [
    'a negative count',
    (a: Member) => a.forge({ sequence: { epoch: 1, boot: -1, n: 0 } }),
    'malformed',
  ],
  [
    'a count of starts that no node reaches',
    (a: Member) => a.forge({ sequence: { epoch: 1, boot: MAX_BOOT + 1, n: 0 } }),
    'malformed',
  ],
  ['a tombstone that speaks', (a: Member) => a.forge({ tombstone: true }), 'malformed'],
  ['one that ended', (a: Member, now: number) => a.forge({ expiresAt: now }), 'expired'],
  [
    'one from a clock that is far ahead',
    (a: Member, now: number) => a.forge({ issuedAt: now + 60_001, expiresAt: now + HOUR_MS }),
    'from-the-future',
  ],
  [
    'one that never ends',
    (a: Member, now: number) => a.forge({ expiresAt: now + 24 * HOUR_MS + 1 }),
    'too-long-lived',
  ],
  [
    'one that outlives its credential',
    (a: Member, now: number) => a.forge({ expiresAt: now + 3 * HOUR_MS }),
    'too-long-lived',
  ],
  ['one in another’s name', (a: Member) => a.forge({ writer: 'b' as Member['name'] }), 'writer'],
  [
    'one of another epoch',
    (a: Member) => a.forge({ sequence: { epoch: 2, boot: 1, n: 0 } }),
    'writer',
  ],
  ['a changed payload', (a: Member) => tampered(a.forge(), 'payload'), 'signature'],
  ['a changed signature', (a: Member) => tampered(a.forge(), 'signature'), 'signature'],
  ['another’s key', (a: Member) => tampered(a.forge(), 'publicKey'), 'writer'],
  ['a changed credential', (a: Member) => tampered(a.forge(), 'credential'), 'writer'],
])('%s is refused for its reason, counted, and seen by nobody', (_, make, reason) => {
  const { clock, member } = mesh();
  const [a, b] = [member('a', { credentialLifeMs: 2 * HOUR_MS }), member('b')];
  if (reason === 'too-long-lived' && _ === 'one that never ends') a.credentialEndsAt *= 2;
  const empty = b.records.digest();
  const outcome = b.records.accept(make(a, clock.now()), 'p');
  expect(outcome).toEqual({ outcome: 'refused', reason: reason as 'malformed' });
  expect(b.meter.value('selvage_record_refusals_total', { reason })).toBe(1);
  expect(b.records.digest()).toBe(empty);
  expect(said(b.records, 'node')).toEqual({});
  expect([...b.disk.space('records').entries()]).toEqual([]);
});

/** The same record with one byte of one part changed, where the change keeps the form. */
function tampered(bytes: Uint8Array, part: 'payload' | 'signature' | 'publicKey' | 'credential') {
  const envelope = decodeEnvelope(bytes);
  if (envelope === undefined) throw new Error('no envelope');
  const changed = envelope[part].slice();
  const text = Buffer.from(changed).indexOf('forged');
  const at = part === 'payload' ? text : 5;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return encodeEnvelope({ ...envelope, [part]: changed });
}

test('a newer key of a name puts all that the older key said out of force', () => {
  const { member } = mesh();
  const [old, successor, b] = [member('a'), member('a', { epoch: 2 }), member('b')];
  old.records.put('node', 'self', 'old');
  old.records.put('endpoint', 'x', 'old');
  successor.records.put('node', 'self', 'new');
  b.records.acceptAll([old.bytesOf('node', 'self'), old.bytesOf('endpoint', 'x')], 'p');
  b.records.accept(successor.bytesOf('node', 'self'), 'p');
  expect(said(b.records, 'node')).toEqual({ 'a/self': 'new' });
  expect(said(b.records, 'endpoint')).toEqual({});
  const late = b.records.accept(old.bytesOf('endpoint', 'x'), 'p');
  expect(late).toEqual({ outcome: 'refused', reason: 'older-epoch' });
  expect([...b.disk.space('records').entries()].map(([id]) => id)).toEqual(['a/node/self']);

  old.records.accept(successor.bytesOf('node', 'self'), 'p');
  expect(() => old.records.put('node', 'self', 'older')).toThrow(
    expect.objectContaining({ code: 'NAME_TAKEN_OVER' }),
  );
  old.records.maintain();
  expect(said(old.records, 'node')).toEqual({ 'a/self': 'new' });
});

test('a new key says nothing that the old key said, though it hears it from peers', () => {
  const { clock, member } = mesh();
  const [old, successor] = [member('a'), member('a', { epoch: 2 })];
  old.records.put('endpoint', 'x', 'old');
  successor.records.accept(old.bytesOf('endpoint', 'x'), 'p');
  successor.restart();
  clock.advance(12 * HOUR_MS);
  successor.records.maintain();
  successor.records.put('node', 'self', 'new');
  successor.records.maintain();
  expect(said(successor.records, 'endpoint')).toEqual({});
  expect(said(successor.records, 'node')).toEqual({ 'a/self': 'new' });
});

test('of two records under one sequence all nodes keep the same one', () => {
  const { member } = mesh();
  const [liar, b, c] = [member('a'), member('b'), member('c')];
  const [one, two] = [liar.forge({ value: 'one' }), liar.forge({ value: 'two' })];
  b.records.acceptAll([one, two], 'p');
  c.records.acceptAll([two, one], 'p');
  expect(b.records.digest()).toBe(c.records.digest());
});

test('what is no plain data, no name or too large is refused before it is said', () => {
  const { member } = mesh();
  const { records } = member('a');
  const code = (wanted: string) => expect.objectContaining({ code: wanted });
  expect(() => records.put('node', 'self', { x: undefined })).toThrow(code('RECORD_NOT_PLAIN'));
  expect(() => records.put('node', 'self', { x: Number.NaN })).toThrow(code('RECORD_NOT_PLAIN'));
  expect(() => records.put('node', 'self', () => 1)).toThrow(code('RECORD_NOT_PLAIN'));
  expect(() => records.put('Node', 'self', 1)).toThrow(code('RECORD_MISNAMED'));
  expect(() => records.put('node', 'a b', 1)).toThrow(code('RECORD_MISNAMED'));
  expect(() => records.put('node', 'self', 'x'.repeat(70_000))).toThrow(code('RECORD_TOO_LARGE'));
  expect(records.snapshot().count).toBe(0);
});

test('records of a writer whose authority fell are dropped on revalidation, our own are said again', () => {
  const { authority, member } = mesh();
  const [a, b] = [member('a'), member('b')];
  a.records.put('node', 'self', 'a');
  b.records.put('node', 'self', 'b');
  b.records.accept(a.bytesOf('node', 'self'), 'p');
  authority.distrusted.add('a').add('b');
  b.records.revalidate();
  expect(said(b.records, 'node')).toEqual({});
  authority.distrusted.clear();
  b.records.maintain();
  expect(said(b.records, 'node')).toEqual({ 'b/self': 'b' });
});

test('all that a node says is said again at once when it asks for that, and only then', () => {
  const { clock, member } = mesh();
  const a = member('a');
  a.records.put('node', 'self', 'a');
  a.records.put('endpoint', 'x', 'x');
  a.records.withdraw('endpoint', 'x');
  const all = () => [a.bytesOf('node', 'self'), a.bytesOf('endpoint', 'x')];
  const first = all();
  a.records.maintain();
  expect(all()).toEqual(first);
  clock.advance(1);
  a.records.restate();
  const second = all();
  expect(second[0]).not.toEqual(first[0]);
  expect(second[1]).not.toEqual(first[1]);
  expect(said(a.records, 'node')).toEqual({ 'a/self': 'a' });
  a.records.maintain();
  expect(all()).toEqual(second);
});

test('when authorities change each credential is judged once, and no signature again', () => {
  const { authority, member } = mesh();
  const [a, b] = [member('a'), member('b')];
  for (let n = 0; n < 20; n++) {
    a.records.put('port', `${n}`, n);
    b.records.accept(a.bytesOf('port', `${n}`), 'p');
  }
  const asked = { writers: 0, signatures: 0 };
  const { verifyWriter, verifySignature } = authority.check;
  const counting: WriterCheck = {
    verifyWriter: (...shown) => {
      asked.writers++;
      return verifyWriter(...shown);
    },
    verifySignature: (...signed) => {
      asked.signatures++;
      return verifySignature(...signed);
    },
  };
  Object.assign(authority.check, counting);
  b.records.revalidate();
  expect(asked).toEqual({ writers: 1, signatures: 0 });
  b.restart();
  expect(asked).toEqual({ writers: 2, signatures: 20 });
  expect(b.records.snapshot().count).toBe(20);
});

test('a consumer that throws keeps nothing from the others', () => {
  const { member } = mesh();
  const a = member('a');
  const heard: string[] = [];
  a.records.onChange(() => {
    throw new Error('on purpose');
  });
  a.records.onChange((changes) => heard.push(...changes.map(({ record }) => record.content.key)));
  a.records.put('node', 'self', 1);
  expect(heard).toEqual(['self']);
  expect(a.log.lines.some(({ level }) => level === 'error')).toBe(true);
});

test('a record that rotted on disk is forgotten, and the rest stands', () => {
  const { member } = mesh();
  const a = member('a');
  a.records.put('node', 'self', 1);
  a.records.put('endpoint', 'x', 1);
  a.disk.space('records').put('a/endpoint/x', dagCbor.encode('rotten'));
  expect(said(a.restart(), 'node')).toEqual({ 'a/self': 1 });
  a.records.maintain();
  expect(a.disk.space('records').get('a/endpoint/x')).toBeUndefined();
});

test('a damaged count of starts is said to be one', () => {
  const damaged = [
    Uint8Array.of(0xff, 0xff),
    new Uint8Array(),
    ...[-1, 1.5, 'one', MAX_BOOT, Number.MAX_SAFE_INTEGER].map((count) => dagCbor.encode(count)),
  ];
  for (const bytes of damaged) {
    const disk = openStore(':memory:');
    disk.space('replication').put('boot', bytes);
    const { member } = mesh();
    const fresh = member('a');
    expect(() => fresh.restart(disk)).toThrow(ReplicationError);
    expect(() => fresh.restart(disk)).toThrow('the count of this node’s starts');
  }
});

test('a record written while the clock ticks is taken: it lives no millisecond too long', () => {
  class TickingClock extends FakeClock {
    override now(): number {
      this.advance(1);
      return super.now();
    }
  }
  const authority = new TestAuthority();
  const clock = new TickingClock();
  const options = { clock, authority, credentialLifeMs: 1_000 * HOUR_MS };
  const [a, b] = [new Member('a', options), new Member('b', options)];
  a.records.put('endpoint', 'web-1', 'here');
  expect(b.records.accept(a.bytesOf('endpoint', 'web-1'), 'p')).toEqual({ outcome: 'stored' });
  a.records.withdraw('endpoint', 'web-1');
  expect(b.records.accept(a.bytesOf('endpoint', 'web-1'), 'p')).toEqual({ outcome: 'stored' });
});

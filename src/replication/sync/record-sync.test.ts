import { expect, test } from 'bun:test';
import type { Gossip } from '../../ports/index.ts';
import { recordingLog, recordingMeter, seededRandom } from '../../ports/testing/index.ts';
import { HOUR_MS, Member, said } from '../testing/members.ts';
import { RECORD_TOPIC, RecordSync } from './record-sync.ts';
import { areSame, SyncMesh, same, settle } from './testing/mesh.ts';

test('a change spreads over members that are not all connected to each other', async () => {
  const mesh = new SyncMesh();
  const [a, b, c] = [mesh.start('a'), mesh.start('b'), mesh.start('c')];
  await b.meet(a, c);
  a.records.put('node', 'self', 'a');
  c.records.put('node', 'self', 'c');
  await same(a, b, c);
  expect(said(b.records, 'node')).toEqual({ 'a/self': 'a', 'c/self': 'c' });
  a.records.withdraw('node', 'self');
  await same(a, b, c);
  expect(said(c.records, 'node')).toEqual({ 'c/self': 'c' });
});

test('what gossip lost is found by comparison within seconds', async () => {
  const mesh = new SyncMesh();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  await a.meet(b);
  await mesh.pass(2_000); // past the comparisons that follow each new connection
  mesh.network.loses = () => true;
  for (const round of [1, 2, 3]) {
    a.records.put('node', 'self', `a${round}`);
    b.records.put('node', 'self', `b${round}`);
    expect(areSame(a, b)).toBe(false);
    await mesh.pass(9_000);
    expect(areSame(a, b)).toBe(true);
  }
});

test('one comparison heals both sides: who is asked and holds something else asks back', async () => {
  const mesh = new SyncMesh();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  a.records.put('node', 'self', 'a');
  b.records.put('node', 'self', 'b');
  await a.meet(b);
  await settle();
  expect(said(a.records, 'node')).toEqual({ 'a/self': 'a', 'b/self': 'b' });
  expect(said(b.records, 'node')).toEqual({ 'b/self': 'b' });
  await mesh.pass(450);
  expect(b.asked.questions).toBeGreaterThan(0);
  expect(areSame(a, b)).toBe(true);
});

test('what a healed partition brings goes through a mesh in seconds, without gossip', async () => {
  const mesh = new SyncMesh();
  mesh.network.loses = () => true;
  const members = Array.from({ length: 48 }, (_, i) => mesh.start(`n${i}`));
  const random = seededRandom(7);
  const half = (side: number) => members.filter((_, i) => i % 2 === side);
  for (const side of [0, 1]) {
    const all = half(side);
    for (const [i, member] of all.entries()) {
      const others = [1, 2, 3].map(() => all[Math.floor(random.fraction() * all.length)]);
      for (const other of [all[(i + 1) % all.length], ...others]) {
        if (other !== undefined && other !== member) await member.meet(other);
      }
    }
  }
  for (const member of members) member.records.put('node', 'self', member.name);
  await mesh.pass(30_000);
  expect(areSame(...half(0)) && areSame(...half(1))).toBe(true);
  expect(areSame(...members)).toBe(false);
  const [left, right] = members;
  if (left !== undefined && right !== undefined) await left.meet(right);
  let passedMs = 0;
  for (; !areSame(...members) && passedMs < 30_000; passedMs += 100) await mesh.pass(100);
  expect(passedMs).toBeLessThanOrEqual(4_000);
}, 60_000);

test('what all members say at once and none in a hurry is everywhere within seconds, and goes by comparison alone', async () => {
  const mesh = new SyncMesh();
  const members = Array.from({ length: 30 }, (_, i) => mesh.start(`n${i}`));
  const random = seededRandom(8);
  for (const [i, member] of members.entries()) {
    const others = [1, 2, 3, 4, 5].map(() => members[Math.floor(random.fraction() * 30)]);
    for (const other of [members[(i + 1) % 30], ...others]) {
      if (other !== undefined && other !== member) await member.meet(other);
    }
  }
  await mesh.pass(10_000);
  let gossiped = 0;
  mesh.network.loses = () => {
    gossiped += 1;
    return false;
  };
  for (const member of members) {
    member.records.put('node', 'self', member.name, { urgent: false });
  }
  let passedMs = 0;
  for (; !areSame(...members) && passedMs < 30_000; passedMs += 100) await mesh.pass(100);
  expect(passedMs).toBeLessThanOrEqual(9_000);
  expect(gossiped).toBe(0);
}, 60_000);

test('after it was stopped it neither asks nor tells nor stores', async () => {
  const mesh = new SyncMesh();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  await a.meet(b);
  await mesh.pass(2_000);
  const { questions } = a.asked;
  a.sync.stop();
  b.sync.stop();
  a.records.put('node', 'self', 'a');
  await a.meet(mesh.start('c'));
  await mesh.pass(60_000);
  expect(a.asked.questions).toBe(questions);
  expect(said(b.records, 'node')).toEqual({});
});

test('two members that hold the same say about fifty bytes every few seconds', async () => {
  const mesh = new SyncMesh();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  a.records.put('node', 'self', 'a');
  await a.meet(b);
  await mesh.pass(5_000);
  const before = { ...a.asked };
  await mesh.pass(600_000);
  const questions = a.asked.questions - before.questions;
  expect(questions).toBeGreaterThan(75);
  expect(questions).toBeLessThan(150);
  expect((a.asked.bytes - before.bytes) / questions).toBeLessThan(50);
});

test('a disk that fails while records are kept up, or learned, is logged, and tried again', async () => {
  const mesh = new SyncMesh();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  const full = () => {
    throw new Error('disk full');
  };
  const { maintain, acceptAll } = a.records;
  Object.assign(a.records, { maintain: full, acceptAll: full });
  b.records.put('node', 'self', 'b');
  await a.meet(b);
  await mesh.pass(3_000);
  const told = a.log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  expect(new Set(told)).toEqual(
    new Set(['records could not be kept up', 'records of a peer could not be stored']),
  );
  expect(a.ended('not-stored')).toBeGreaterThan(0);
  Object.assign(a.records, { maintain, acceptAll });
  await mesh.pass(5_000);
  expect(areSame(a, b)).toBe(true);
});

test('what ends soon after it came is out of force within a second of its end', async () => {
  const mesh = new SyncMesh();
  const a = mesh.start('a');
  await mesh.pass(1_500); // nothing is due, so it will not be looked for long
  const ended: string[] = [];
  a.records.onChange((changes) => {
    for (const { record, bytes } of changes) if (bytes === undefined) ended.push(record.id);
  });
  const { clock, authority } = mesh;
  const forged = new Member('b', { clock, authority }).forge({ expiresAt: clock.now() + 2_000 });
  a.records.accept(forged, 'p');
  await mesh.pass(3_100);
  expect(ended).toHaveLength(1);
});

test('forged records are rejected on the topic, late ones only ignored, and both sides of a lie passed on', () => {
  const mesh = new SyncMesh();
  const { authority, clock } = mesh;
  const member = new Member('a', { clock, authority });
  let receive: Parameters<Gossip['subscribe']>[1] | undefined;
  const gossip = mesh.network.join('a');
  gossip.subscribe = (topic, to) => {
    expect(topic).toBe(RECORD_TOPIC);
    receive = to;
  };
  const ports = { gossip, clock, random: seededRandom(1), log: recordingLog() };
  new RecordSync({ ...ports, records: member.records, meter: recordingMeter() }).start();
  const b = new Member('b', { clock, authority });
  const good = b.forge();
  expect(receive?.(good, 'p')).toBe('accept');
  expect(receive?.(good, 'p')).toBe('ignore');
  expect(receive?.(good.slice(1), 'p')).toBe('reject');
  expect(receive?.(b.forge({ expiresAt: clock.now() }), 'p')).toBe('ignore');
  expect(receive?.(b.forge({ value: 'another' }), 'p')).toBe('accept');
  expect(receive?.(b.forge({ value: 'a third' }), 'p')).not.toBe('reject');
  clock.advance(HOUR_MS);
});

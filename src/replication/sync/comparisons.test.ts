import { expect, test } from 'bun:test';
import {
  FakeClock,
  GossipNetwork,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../../ports/testing/index.ts';
import type { RecordStore } from '../record-store.ts';
import { Member, said } from '../testing/members.ts';
import { answerSync } from './answers.ts';
import { Comparisons } from './comparisons.ts';
import { decodeRequest, SYNC_PROTOCOL, type SyncRequest } from './messages.ts';
import { credulousStore, saying } from './testing/fleet.ts';
import { handedOver } from './testing/handed-over.ts';
import { areSame, SyncMesh, settle, withTimeouts } from './testing/mesh.ts';

/** A member that answers out of its records and asks nothing itself; what it was asked. */
function answering(network: GossipNetwork, records: RecordStore, delay = async () => {}) {
  const gossip = network.join('passive');
  const asked: SyncRequest[] = [];
  let handed = 0;
  gossip.serve(SYNC_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new Error(request.error);
    asked.push(request.value);
    await delay();
    const answer = answerSync(records, request.value);
    handed += handedOver(request.value, answer);
    return answer;
  });
  const times = (ask: SyncRequest['ask']) => asked.filter((one) => one.ask === ask).length;
  return { gossip, times, handed: () => handed };
}

function bytesOf(records: RecordStore, id: string): Uint8Array {
  const bytes = records.bytesOf(id);
  if (bytes === undefined) throw new Error(`${id} is not held`);
  return bytes;
}

test('a record that was refused is not asked for again within a minute, and after that it is', async () => {
  const mesh = new SyncMesh();
  const a = mesh.start('a');
  const theirs = credulousStore('them', mesh.clock);
  const unfounded = saying('stranger', 'x', 0, mesh.clock.now());
  expect(theirs.accept(unfounded, 'test')).toEqual({ outcome: 'stored' });
  const passive = answering(mesh.network, theirs);
  await a.meet(passive);
  // Something else changes all the time, so that there is always a reason to look.
  const changes = mesh.clock.every(1_000, () => a.records.put('node', 'self', mesh.clock.now()));
  await mesh.pass(55_000);
  expect(passive.times('ranges')).toBeGreaterThan(5);
  expect(passive.handed()).toBe(1);
  await mesh.pass(15_000);
  expect(passive.handed()).toBe(2);
  changes.cancel();
});

test('two members that differ, and have nothing to learn from each other, say no more than that', async () => {
  const mesh = new SyncMesh();
  const [a, b] = [mesh.start('a'), new Member('b', mesh)];
  const putAll = (value: string) => {
    for (let i = 0; i < 100; i++) a.records.put('endpoint', `${i}`, value);
  };
  putAll('before');
  for (const { id } of a.records.snapshot().records())
    b.records.accept(bytesOf(a.records, id), 'test');
  putAll('after');
  b.records.put('node', 'self', 'b');
  const passive = answering(mesh.network, b.records);
  await a.meet(passive);
  await mesh.pass(5_000);
  expect(said(a.records, 'node')).toEqual({ 'b/self': 'b' });
  const [states, handed] = [passive.times('state'), passive.handed()];
  await mesh.pass(50_000);
  expect(passive.times('state')).toBeGreaterThan(states + 5);
  expect(passive.times('ranges')).toBe(0);
  expect(passive.handed()).toBe(handed);
  expect(a.ended('settled')).toBeGreaterThan(5);
});

test('a slow peer that has much is listened to again and again, until all is here', async () => {
  const clock = new FakeClock();
  const [ours, theirs] = [credulousStore('us', clock), credulousStore('them', clock)];
  const records = Array.from({ length: 3_000 }, (_, i) =>
    saying(`w${i % 100}`, `${i}`, 0, clock.now()),
  );
  theirs.acceptAll(records, 'test');
  const network = new GossipNetwork();
  const slowly = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(1_000, resolve);
    return promise;
  };
  const passive = answering(network, theirs, slowly);
  const [gossip, meter] = [withTimeouts(network.join('us'), clock), recordingMeter()];
  const ports = { gossip, clock, meter, random: seededRandom(1), log: recordingLog() };
  const comparisons = new Comparisons({ ...ports, records: ours });
  await gossip.dial(passive.gossip.self, []);
  comparisons.met(passive.gossip.self);
  let passedMs = 0;
  for (; ours.digest() !== theirs.digest() && passedMs < 120_000; passedMs += 200) {
    clock.advance(200);
    await settle();
  }
  expect(ours.digest()).toBe(theirs.digest());
  const ended = (result: string) => meter.value('selvage_record_comparisons_total', { result });
  expect(ended('unfinished')).toBeGreaterThan(1);
  expect(ended('slow')).toBe(0);
}, 60_000);

test('a newcomer that meets many at once has everything from all of them, once', async () => {
  const mesh = new SyncMesh();
  const known = Array.from({ length: 6 }, (_, i) => mesh.start(`n${i}`));
  const [first, ...others] = known;
  for (let i = 0; i < 300; i++) first?.records.put('endpoint', `${i}`, 'x'.repeat(100));
  await first?.meet(...others);
  await mesh.pass(3_000);
  expect(areSame(...known)).toBe(true);
  const newcomer = mesh.start('newcomer');
  await newcomer.meet(...known);
  await mesh.pass(500);
  expect(areSame(newcomer, ...known)).toBe(true);
  const [record] = first === undefined ? [] : [first.member.bytesOf('endpoint', '7')];
  expect(newcomer.asked.bytes).toBeLessThan(300 * (record?.length ?? 0) * 1.5);
});

test('a peer that went before it was asked has failed in nothing', async () => {
  const network = new GossipNetwork();
  const clock = new FakeClock();
  const passive = answering(network, credulousStore('b', clock));
  const [gossip, meter, log] = [network.join('a'), recordingMeter(), recordingLog()];
  const records = credulousStore('a', clock);
  const ports = { gossip, clock, meter, random: seededRandom(1), log };
  const comparisons = new Comparisons({ ...ports, records });
  const meet = async () => {
    comparisons.met(passive.gossip.self);
    await settle();
  };
  await meet();
  await gossip.dial(passive.gossip.self, []);
  await meet();
  expect(meter.value('selvage_record_comparisons_total', { result: 'same' })).toBe(1);
  expect(log.lines).toEqual([]);
});

/** A clock, and its timers that wait. */
function watchedClock() {
  const [clock, waiting] = [new FakeClock(), new Set<unknown>()];
  const after: FakeClock['after'] = (delayMs, run) => {
    const key = {};
    const timer = clock.after(delayMs, () => {
      waiting.delete(key);
      run();
    });
    waiting.add(key);
    return { cancel: () => [waiting.delete(key), timer.cancel()] };
  };
  const [now, monotonic] = [() => clock.now(), () => clock.monotonic()];
  return { clock: { now, monotonic, after, every: clock.every.bind(clock) }, waiting };
}

test('one that is stopped leaves no timer behind', () => {
  const { clock, waiting } = watchedClock();
  const records = credulousStore('z', new FakeClock());
  const gossip = new GossipNetwork().join('z');
  const ports = { gossip, meter: recordingMeter(), random: seededRandom(1), log: recordingLog() };
  const comparisons = new Comparisons({ ...ports, clock, records });
  comparisons.start();
  comparisons.met('peer-a');
  expect(waiting.size).toBe(2);
  comparisons.stop();
  expect(waiting.size).toBe(0);
});

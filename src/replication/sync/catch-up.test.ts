import { expect, test } from 'bun:test';
import { openStore } from '../../platform/sqlite-store.ts';
import { FakeClock } from '../../ports/testing/index.ts';
import { HOUR_MS, said } from '../testing/members.ts';
import { CatchUp } from './catch-up.ts';
import { CATCH_UP_PEERS, CATCH_UP_QUESTIONS } from './limits.ts';
import { SYNC_PROTOCOL } from './messages.ts';
import { SyncMesh, same, settle } from './testing/mesh.ts';

/** Whether a promise has resolved, looked at whenever it is asked. */
function watched(promise: Promise<unknown>) {
  const state = { ended: false };
  void promise.then(() => {
    state.ended = true;
  });
  return state;
}

/** A mesh in which `a` has said something, lost its disk, and runs again, connected to nobody. */
async function afterALostDisk() {
  const mesh = new SyncMesh();
  const before = mesh.start('a');
  const others = ['b', 'c', 'd', 'e'].map((name) => mesh.start(name));
  await before.meet(...others);
  before.records.put('node', 'self', 'first');
  before.records.put('node', 'self', 'second');
  await same(before, ...others);
  await before.end();
  before.member.restart(openStore(':memory:'));
  return { mesh, others, a: mesh.run(before.member) };
}

test('a node whose disk forgot hears what it said before it speaks, and contradicts itself nowhere', async () => {
  const { mesh, others, a } = await afterALostDisk();
  const caughtUp = watched(a.sync.catchUp(a.name, others.length));
  expect(a.sync.mayWrite).toBe(false);
  await a.meet(...others);
  await settle();
  expect(caughtUp.ended && a.sync.mayWrite).toBe(true);
  expect(said(a.records, 'node')).toEqual({ 'a/self': 'second' });
  a.records.put('node', 'self', 'third');
  await same(a, ...others);
  await mesh.pass(3_000);
  for (const { records } of [a, ...others]) {
    expect(said(records, 'node')).toEqual({ 'a/self': 'third' });
    expect(records.evidence()).toEqual([]);
  }
});

test('three answers are enough, and two are when only two others are known', async () => {
  for (const [known, enough] of [
    [4, 3],
    [2, 2],
  ] as const) {
    const { others, a } = await afterALostDisk();
    const caughtUp = watched(a.sync.catchUp(a.name, known));
    for (const [index, other] of others.slice(0, enough).entries()) {
      expect({ index, ...caughtUp }).toEqual({ index, ended: false });
      await a.meet(other);
      await settle();
    }
    expect(caughtUp.ended).toBe(true);
  }
});

test('no more are asked at one time than is needed, and others when some do not answer', async () => {
  const [clock, asked] = [new FakeClock(), [] as ((answers: boolean) => void)[]];
  const ask = () => new Promise<boolean>((resolve) => asked.push(resolve));
  const catchUp = new CatchUp({ clock, ask, others: 20 });
  const caughtUp = watched(catchUp.ended);
  for (let i = 0; i < 20; i++) catchUp.met(`peer-${i}`);
  expect(asked).toHaveLength(CATCH_UP_QUESTIONS);
  for (const answer of asked.slice()) answer(false);
  await settle();
  expect(asked).toHaveLength(2 * CATCH_UP_QUESTIONS);
  for (const answer of asked.slice(-CATCH_UP_PEERS)) answer(true);
  await settle();
  expect(caughtUp.ended).toBe(true);
});

test('when one has answered, the others have a second', async () => {
  const { mesh, others, a } = await afterALostDisk();
  const caughtUp = watched(a.sync.catchUp(a.name, others.length));
  await a.meet(...others.slice(0, 1));
  await settle();
  await mesh.pass(950);
  expect(caughtUp.ended).toBe(false);
  await mesh.pass(50);
  expect(caughtUp.ended).toBe(true);
});

test('until then nothing is said again that an earlier life has said', async () => {
  const mesh = new SyncMesh();
  const before = mesh.start('a');
  before.records.put('node', 'self', 'first');
  await before.end();
  mesh.clock.advance(13 * HOUR_MS); // past half of its life
  before.member.restart();
  const a = mesh.run(before.member);
  void a.sync.catchUp(a.name, 1);
  const boot = () => a.records.snapshot().get('a/node/self')?.sequence.boot;
  await mesh.pass(4_900);
  expect(boot()).toBe(1);
  await mesh.pass(2_000);
  expect(boot()).toBe(2);
});

test('a node that knows of no others speaks at once', async () => {
  const mesh = new SyncMesh();
  const a = mesh.start('a');
  const caughtUp = watched(a.sync.catchUp(a.name, 0));
  await settle();
  expect(caughtUp.ended).toBe(true);
});

test('when nobody is reached, or nobody answers, it goes on after seconds', async () => {
  const { mesh, a } = await afterALostDisk();
  const mute = mesh.network.join('mute');
  mute.serve(SYNC_PROTOCOL, () => new Promise(() => {}));
  const caughtUp = watched(a.sync.catchUp(a.name, 4));
  await a.meet({ gossip: mute });
  await mesh.pass(4_900);
  expect(caughtUp.ended).toBe(false);
  await mesh.pass(100);
  expect(caughtUp.ended).toBe(true);
});

test('a node that is stopped meanwhile waits no longer, and has nothing to write', async () => {
  const { a } = await afterALostDisk();
  const caughtUp = a.sync.catchUp(a.name, 4);
  a.sync.stop();
  await caughtUp;
  expect(a.sync.mayWrite).toBe(false);
});

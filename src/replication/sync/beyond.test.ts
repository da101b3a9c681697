import { expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import { beyond, shelvesOf } from './beyond.ts';
import { BROUGHT_BYTES, MAX_SHOWN_WRITERS, SPREAD_MS } from './limits.ts';
import { decodeRequest, encodeState, SYNC_PROTOCOL } from './messages.ts';
import { credulousStore, saying } from './testing/fleet.ts';
import { areSame, SyncMesh, settle } from './testing/mesh.ts';

const clock = new FakeClock();

function storeOf(writers: number, key: string, changed: readonly number[] = []) {
  const store = credulousStore('us', clock);
  const say = (i: number) => saying(`w${i}`, key, changed.includes(i) ? 1 : 0, clock.now());
  store.acceptAll(
    Array.from({ length: writers }, (_, i) => say(i)),
    'test',
  );
  return store;
}

test('who is shown what is held of each writer brings what differs, and nothing else', () => {
  const ours = storeOf(20, 'web');
  const theirs = storeOf(21, 'web', [3, 7]);
  const brought = beyond(theirs, shelvesOf(ours.snapshot()) ?? []);
  expect(brought?.map(([id]) => id).toSorted()).toEqual([
    'w20/endpoint/web',
    'w3/endpoint/web',
    'w7/endpoint/web',
  ]);
  const came = brought?.map(([, bytes]) => bytes) ?? [];
  expect(ours.acceptAll(came, 'them').map(({ outcome }) => outcome)).toEqual(
    came.map(() => 'stored'),
  );
  expect(ours.digest()).toBe(theirs.digest());
});

test('of a key that was replaced nothing is brought', () => {
  const theirs = storeOf(1, 'web');
  const digest = 'ab'.repeat(16);
  const [shelf] = shelvesOf(theirs.snapshot()) ?? [];
  if (shelf === undefined) throw new Error('there is one');
  expect(beyond(theirs, [{ ...shelf, digest, epoch: 2 }])).toEqual([]);
  expect(beyond(theirs, [{ ...shelf, digest }])).toHaveLength(1);
});

test('in a large mesh, and where much differs, the ranges are looked into', () => {
  expect(shelvesOf(storeOf(MAX_SHOWN_WRITERS, 'web').snapshot())).toHaveLength(MAX_SHOWN_WRITERS);
  expect(shelvesOf(storeOf(MAX_SHOWN_WRITERS + 1, 'web').snapshot())).toBeUndefined();
  const large = storeOf(3 * MAX_SHOWN_WRITERS, 'web');
  expect(beyond(large, [])).toBeUndefined();
  const much = credulousStore('us', clock);
  const records = Array.from({ length: BROUGHT_BYTES / 500 }, (_, i) =>
    saying('w', `${i}`, 0, clock.now()),
  );
  much.acceptAll(records.slice(0, 10), 'test');
  expect(beyond(much, [])).toHaveLength(10);
  much.acceptAll(records, 'test');
  expect(beyond(much, [])).toBeUndefined();
});

test('what all members of a small mesh say at once costs each a few questions', async () => {
  const mesh = new SyncMesh();
  const members = Array.from({ length: 12 }, (_, i) => mesh.start(`n${i}`));
  for (const [i, one] of members.entries()) await one.meet(...members.slice(i + 1));
  await mesh.pass(10_000);
  expect(areSame(...members)).toBe(true);
  const asked = () => members.reduce((sum, one) => sum + one.asked.questions, 0) / members.length;
  const before = asked();
  for (const one of members) one.records.put('node', 'self', one.name, { urgent: false });
  let passedMs = 0;
  for (; !areSame(...members) && passedMs < 10_000; passedMs += 50) await mesh.pass(50);
  await mesh.pass(6 * SPREAD_MS);
  expect(passedMs).toBeLessThan(3_000);
  expect(asked() - before).toBeLessThan(9);
}, 60_000);

test('records that nobody asked for are nonsense', async () => {
  const mesh = new SyncMesh();
  const liar = mesh.network.join('liar');
  let asked = 0;
  const brought = [['w/endpoint/web', saying('w', 'web', 0, mesh.clock.now())]] as const;
  liar.serve(SYNC_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    const wasShown = request.ok && request.value.ask === 'state' && request.value.shelves;
    const digest = String(asked++).padStart(32, '0');
    return encodeState({ digest, evidence: '', root: undefined, ...(wasShown ? {} : { brought }) });
  });
  const honest = mesh.start('a');
  await honest.meet({ gossip: liar });
  await settle();
  await mesh.pass(20_000);
  expect(honest.ended('nonsense')).toBeGreaterThan(0);
  expect(honest.records.snapshot().get('w/endpoint/web')).toBeUndefined();
});

test('a peer that brings rubbish is shown nothing more for a minute', async () => {
  const mesh = new SyncMesh();
  const liar = mesh.network.join('liar');
  let [asked, shown] = [0, 0];
  const brought = Array.from(
    { length: 8 },
    (_, i) => [`w/endpoint/${i}`, new Uint8Array(8_000)] as const,
  );
  liar.serve(SYNC_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    const wasShown = request.ok && request.value.ask === 'state' && request.value.shelves;
    if (wasShown) shown++;
    const digest = String(asked++).padStart(32, '0');
    return encodeState({ digest, evidence: '', root: undefined, ...(wasShown ? { brought } : {}) });
  });
  const honest = mesh.start('a');
  // It changes all the time, so that there is always a reason to look.
  mesh.clock.every(1_000, () => honest.records.put('node', 'self', mesh.clock.now()));
  await honest.meet({ gossip: liar });
  await mesh.pass(58_000);
  expect(asked).toBeGreaterThan(5);
  expect(shown).toBe(1);
  const malformed = { reason: 'malformed' };
  expect(honest.member.meter.value('selvage_record_refusals_total', malformed)).toBe(8);
  await mesh.pass(15_000);
  expect(shown).toBe(2);
});

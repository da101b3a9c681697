import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { MAX_ADDRESSES } from './member-entry.ts';
import { MetBefore } from './met-before.ts';
import { SmallMesh } from './testing/index.ts';

const N3 = 'n3' as NodeName; // a label

test('who is a member no more is connected with if it can be, and not heard', async () => {
  const mesh = new SmallMesh();
  const [a, , c] = mesh.of(3);
  await mesh.pass(2_000);
  a?.membership.forget(N3);
  a?.membership.dialAlso([mesh.known(3)]);
  const taken = () => a?.meter.value('selvage_datagrams_received_total', {}) ?? 0;
  mesh.datagrams.loses = (from, to) => from.host === '10.0.0.2' || to.host === '10.0.0.2';
  await mesh.pass(100); // what was under way
  const before = taken();
  await c?.gossip.disconnect('peer-n1');
  await mesh.pass(5_000);
  expect(a?.gossip.peers().map(({ name }) => name)).toContain('n3');
  expect(a?.meter.value('selvage_datagram_refusals_total', { reason: 'unknown-sender' })).not.toBe(
    0,
  );
  expect(taken()).toBe(before);
  expect(a?.membership.stateOf(N3)).toBeUndefined();
  expect(a?.membership.others).toBe(2);
});

test('a node that no record tells of others finds the mesh by those whom it met before', async () => {
  const mesh = new SmallMesh();
  mesh.of(3);
  const lost = mesh.start(4);
  expect(lost.membership.others).toBe(0);
  lost.membership.dialAlso([mesh.known(1), mesh.known(2), mesh.known(4)]);
  await mesh.pass(1_000);
  expect(
    lost.gossip
      .peers()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['n1', 'n2']);
  expect(lost.membership.members()).toEqual([]);
  expect(lost.membership.others).toBe(2);
  lost.membership.learn([mesh.known(1)]);
  expect(lost.membership.others).toBe(2);
});

test('those met before stand behind the members, at few addresses each, while they are none', () => {
  const members = { places: 2, at: () => undefined, named: (name: NodeName) => known.get(name) };
  const known = new Map<NodeName, number>();
  const contacts = new MetBefore(members);
  const addresses = Array.from({ length: 20 }, (_, i) => `/ip4/10.0.0.${i}/tcp/7600`);
  contacts.replace([
    { name: N3, peerId: 'p', addresses: ['/ip4/10.0.0.3/udp/7600', ...addresses] },
  ]);
  expect(contacts.places).toBe(3);
  expect(contacts.at(2)).toMatchObject({ addresses: addresses.slice(0, MAX_ADDRESSES) });
  known.set(N3, 1);
  expect([contacts.at(2), contacts.at(3), contacts.count]).toEqual([undefined, undefined, 0]);
  contacts.replace([]);
  expect(contacts.places).toBe(2);
});

import { expect, test } from 'bun:test';
import { DatagramSilence } from './datagram-silence.ts';
import { SmallMesh } from './testing/index.ts';

test('who is reached by streams alone is told of after half a minute, and never for a single loss', () => {
  const silence = new DatagramSilence();
  for (const at of [0, 10_000, 29_000]) silence.reached(1, at);
  silence.reached(2, 0);
  expect([29_000, 30_000].map((now) => silence.of(1, now))).toEqual([undefined, 30_000]);
  expect(silence.of(2, 90_000)).toBeUndefined();
  expect(silence.count(90_000)).toBe(1);
  expect(silence.end(1)).toBe(true);
  expect(silence.count(90_000)).toBe(0);
});

test('where datagrams are blocked members live by their connections, which is told until datagrams come', async () => {
  const mesh = new SmallMesh();
  const [first, second] = mesh.of(2);
  await mesh.pass(2_000);
  const told = () => first?.membership.members().map((member) => member.withoutDatagramsMs);
  const counted = () => first?.meter.value('selvage_members_without_datagrams');
  expect([told(), counted()]).toEqual([[undefined], 0]);
  mesh.datagrams.loses = () => true;
  await mesh.pass(40_000);
  expect(told()?.[0]).toBeGreaterThan(30_000);
  expect(counted()).toBe(1);
  expect(first?.membership.members()[0]?.state).toBe('alive');
  mesh.datagrams.loses = () => false;
  await mesh.pass(10_000);
  expect([told(), counted()]).toEqual([[undefined], 0]);
  mesh.datagrams.loses = () => true;
  await mesh.pass(40_000);
  await second?.membership.stop();
  await second?.gossip.stop();
  await mesh.pass(20_000);
  expect(first?.membership.members()[0]?.state).toBe('dead');
  expect(counted()).toBe(0);
});

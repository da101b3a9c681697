import { expect, test } from 'bun:test';
import { gossipMesh } from '../testing/gossip-mesh.ts';
import { Published } from './published.ts';
import type { SimGossip } from './sim-gossip.ts';

/** Two members have sent one message to a third, which notes what it hears and when. */
function twoCopies() {
  const { world, members, connect } = gossipMesh(3, { latencyMs: [[24]], jitterMs: 2 });
  const [first, second, receiver] = members;
  if (first === undefined || second === undefined || receiver === undefined) throw new Error();
  const heardAt: number[] = [];
  receiver.subscribe('t', () => {
    heardAt.push(world.now);
    return 'ignore';
  });
  connect(0, 2);
  connect(1, 2);
  world.runUntil(1_000);
  const message = new Published(0, Uint8Array.of(1), members.length);
  const sendAt = (at: number, from: SimGossip) => {
    world.runUntil(at);
    for (const link of from.links) link.send('message', 1, message);
  };
  sendAt(1_000, first);
  const waiting = world.timeline.waiting;
  sendAt(1_010, second);
  return { world, first, receiver, heardAt, added: world.timeline.waiting - waiting };
}

test('of several copies the first arrives, and nothing happens for the others', () => {
  const { world, heardAt, added } = twoCopies();
  expect(added).toBe(0);
  world.runUntil(2_000);
  expect(heardAt).toHaveLength(1);
  expect(heardAt[0]).toBeLessThan(1_028);
});

test('when the connection of the first ends before, the next comes at its time', () => {
  const { world, first, receiver, heardAt } = twoCopies();
  void receiver.disconnect(first.self);
  world.runUntil(2_000);
  expect(heardAt).toHaveLength(1);
  expect(heardAt[0]).toBeGreaterThan(1_034);
});

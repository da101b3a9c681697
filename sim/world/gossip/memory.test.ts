import { expect, test } from 'bun:test';
import { gossipMesh } from '../testing/gossip-mesh.ts';
import { GOSSIP_BEATS, LEAST_TOLD } from './limits.ts';
import { CONTROL_BYTES, FRAME_BYTES, MESSAGE_ID_BYTES } from './wire-cost.ts';

/** What one member says of one message beyond it, among 30 that all follow its topic and know each other. */
function toldOfOne() {
  const { world, members, connect } = gossipMesh(30, { latencyMs: [[24]], jitterMs: 2 });
  for (const member of members) member.subscribe('t', () => 'accept');
  for (let from = 0; from < 30; from++) for (let to = 0; to < from; to++) connect(from, to);
  world.runUntil(130_000);
  const [member] = members;
  if (member === undefined) throw new Error();
  const before = member.host.traffic.sent('control');
  const happened = world.timeline.happened;
  void member.publish('t', Uint8Array.of(1));
  world.runUntil(140_000);
  return {
    members: members.length,
    outside: member.topics.circles.of(0).outside.length,
    bytes: member.host.traffic.sent('control') - before,
    events: world.timeline.happened - happened,
  };
}

test('members outside of the mesh are told of a message in some heartbeats: it costs bytes, and nothing happens', () => {
  const { members, outside, bytes, events } = toldOfOne();
  expect(outside).toBeGreaterThan(LEAST_TOLD);
  const frames = GOSSIP_BEATS * LEAST_TOLD;
  expect(bytes).toBe(frames * (FRAME_BYTES + CONTROL_BYTES + MESSAGE_ID_BYTES));
  // The message comes to each other one, and each has its heartbeats.
  expect(events).toBe(members - 1 + members * GOSSIP_BEATS);
});

import { expect, test } from 'bun:test';
import type { TopicVerdict } from '../../../src/ports/index.ts';
import { split } from '../index.ts';
import { gossipMesh } from '../testing/gossip-mesh.ts';
import {
  LEAST_MESH_DEGREE,
  MAX_CONNECTIONS,
  MAX_EXCHANGES,
  MAX_EXCHANGES_PER_PEER,
  MAX_TOPICS,
  MESH_DEGREE,
  MONITOR_PERIOD_MS,
  MONITOR_TIMEOUT_MS,
  MOST_MESH_DEGREE,
} from './limits.ts';

const network = { latencyMs: [[24]], jitterMs: 2, loss: 0.01 };

/** A mesh in which all follow one topic, and note when they heard which message first. */
function listening(count: number, judge: (byte: number) => TopicVerdict = () => 'accept') {
  const mesh = gossipMesh(count, network);
  const heard = mesh.members.map(() => new Map<number, number>());
  for (const [i, member] of mesh.members.entries()) {
    member.subscribe('t', ([byte = 0]) => {
      heard[i]?.set(byte, mesh.world.now);
      return judge(byte);
    });
  }
  return { ...mesh, heard };
}

test('every member of a large mesh keeps few others in its topic mesh, both ways', () => {
  const { world, members, connectAll } = listening(200);
  connectAll(6);
  world.runUntil(world.now + 90_000); // longer than a member stays away that was sent off
  for (const member of members) {
    const inMesh = member.links.filter((link) => link.mesh & 1);
    expect(inMesh.length).toBeGreaterThanOrEqual(LEAST_MESH_DEGREE);
    expect(inMesh.length).toBeLessThanOrEqual(MOST_MESH_DEGREE);
    expect(inMesh.filter((link) => !(link.other.mesh & 1))).toEqual([]);
  }
});

test('who has too many peers in its topic mesh lets some go, and takes in no more of those that dial', () => {
  const { world, members, connect } = listening(41);
  const inMesh = () => members[0]?.links.filter((link) => link.mesh & 1).length;
  for (let other = 1; other <= 40; other++) connect(other, 0);
  world.runUntil(400); // all have asked, and no heartbeat was there to let anyone go
  expect(inMesh()).toBeLessThanOrEqual(MOST_MESH_DEGREE);
  world.runUntil(600);
  expect(inMesh()).toBe(MOST_MESH_DEGREE);
  const second = listening(41);
  for (let other = 1; other <= 40; other++) second.connect(0, other);
  second.world.runUntil(3_000);
  expect(second.members[0]?.links.filter((link) => link.mesh & 1)).toHaveLength(MESH_DEGREE);
});

test('members that lose peers of their topic mesh seek others', () => {
  const { world, hosts, members, connectAll } = listening(100);
  connectAll(12);
  for (const host of hosts.slice(0, 70)) host.kill();
  world.runUntil(world.now + 5_000);
  for (const member of members.slice(70)) {
    const inMesh = member.links.filter((link) => link.mesh & 1).length;
    expect(inMesh).toBeGreaterThanOrEqual(Math.min(LEAST_MESH_DEGREE, member.links.length));
  }
});

test('a message reaches all of 200 members within a second, at a loss of one in a hundred', () => {
  const { world, members, heard, connectAll } = listening(200);
  connectAll(6);
  const times: number[] = [];
  for (let byte = 0; byte < 20; byte++) {
    const at = world.now;
    void members[byte]?.publish('t', Uint8Array.of(byte));
    world.runUntil(at + 10_000);
    for (const [i, of] of heard.entries())
      if (i !== byte) times.push((of.get(byte) ?? at + 1e9) - at);
  }
  times.sort((a, b) => a - b);
  expect(times.at(-1)).toBeLessThan(1e9);
  expect(times[Math.floor(0.99 * times.length)]).toBeLessThan(1_000);
});

test('who lacks a message for a hole in the mesh is told of it, and asks for it', () => {
  const { world, members, heard, connectAll } = listening(40);
  connectAll(5);
  const [a, lonely] = members;
  for (const link of lonely?.links ?? []) {
    link.mesh = 0;
    link.other.mesh = 0;
  }
  // The publisher itself floods; whom that did not reach gets it from the others' word alone.
  const isPeer = lonely?.links.some((link) => link.other.own === a);
  const author = isPeer ? members.find((one) => !one.links.some((l) => l.other.own === lonely)) : a;
  void author?.publish('t', Uint8Array.of(9));
  world.runUntil(world.now + 5_000);
  expect(heard[1]?.has(9)).toBe(true);
});

test('whoever delivers what is rejected is heard less, then not at all, and is forgiven in time', () => {
  const { world, members, heard, connect } = listening(2, (byte) =>
    byte < 100 ? 'reject' : 'accept',
  );
  const [a, b] = members;
  connect(0, 1);
  world.runUntil(2_000);
  for (let byte = 0; byte < 20; byte++) void a?.publish('t', Uint8Array.of(byte));
  world.runUntil(3_000);
  expect(heard[1]?.size).toBe(9); // ignored after more than 8
  expect(b?.links.some((link) => link.mesh & 1)).toBe(false);
  void a?.publish('t', Uint8Array.of(100));
  world.runUntil(4_000);
  expect(heard[1]?.has(100)).toBe(false);
  world.runUntil(240_000);
  void a?.publish('t', Uint8Array.of(101));
  world.runUntil(241_000);
  expect(heard[1]?.has(101)).toBe(true);
});

test('the heartbeat sleeps while there is nothing to do', () => {
  const { world, members, connectAll } = listening(50);
  connectAll(12);
  world.runUntil(190_000);
  void members[0]?.publish('t', Uint8Array.of(1));
  world.runUntil(200_000);
  const before = world.timeline.happened;
  world.runUntil(260_000);
  expect(world.timeline.happened - before).toBeLessThan(50);
});

test('both halves of a mesh hear of each other again when a split is healed', () => {
  const { world, hosts, members, heard, connectAll } = listening(60);
  connectAll(6);
  const heal = world.network.cut(split(hosts.slice(0, 30)));
  world.runUntil(world.now + MONITOR_PERIOD_MS + MONITOR_TIMEOUT_MS);
  expect(members[0]?.links.every((link) => link.other.own.host.number < 30)).toBe(true);
  heal();
  connectAll(6);
  void members[0]?.publish('t', Uint8Array.of(5));
  world.runUntil(world.now + 5_000);
  expect(heard.filter((of) => of.has(5))).toHaveLength(59);
});

test('a host takes in so many connections, one peer so many answers, and all a few more', async () => {
  const { world, members, connect } = gossipMesh(MAX_CONNECTIONS + 10, network);
  for (let i = 1; i < members.length; i++) {
    void members[i]?.dial('peer-0', members[0]?.addresses() ?? []).catch(() => undefined);
  }
  connect(1, 2);
  world.runUntil(10_000);
  expect(members[0]?.peers()).toHaveLength(MAX_CONNECTIONS);
  members[0]?.serve('/wait/1', () => new Promise(() => undefined));
  let [asked, refused] = [0, 0];
  for (const member of members.filter((one) => one.links[0]?.peer.id === 'peer-0').slice(0, 20)) {
    expect(refused).toBe(asked - Math.min((asked / 6) * MAX_EXCHANGES_PER_PEER, MAX_EXCHANGES));
    for (let i = 0; i < 6; i++) {
      member
        .request('peer-0', '/wait/1', Uint8Array.of(), { timeoutMs: 60_000 })
        .catch(() => refused++);
    }
    asked += 6;
    world.runUntil(world.now + 2_000);
  }
  expect(refused).toBe(asked - MAX_EXCHANGES);
});

test('a world has so many topics and no more', () => {
  const { members } = gossipMesh(1, network);
  for (let i = 0; i < MAX_TOPICS; i++) members[0]?.subscribe(`t${i}`, () => 'accept');
  expect(() => members[0]?.subscribe('one more', () => 'accept')).toThrow('topics');
});

import { expect, test } from 'bun:test';
import { oneWay, split } from '../index.ts';
import { gossipMesh, PORT } from '../testing/gossip-mesh.ts';
import { MONITOR_PERIOD_MS, MONITOR_TIMEOUT_MS } from './limits.ts';
import { IDLE_BYTES_PER_SECOND } from './wire-cost.ts';

const network = { latencyMs: [[25]], jitterMs: 0 };
const BREAKS_WITHIN_MS = MONITOR_PERIOD_MS + MONITOR_TIMEOUT_MS;

function pair() {
  const mesh = gossipMesh(2, network);
  const [a, b] = mesh.members;
  const [hostA, hostB] = mesh.hosts;
  if (!a || !b || !hostA || !hostB) throw new Error('there are two');
  mesh.connect(0, 1);
  mesh.world.runUntil(1_000);
  expect([a.peers().length, b.peers().length]).toEqual([1, 1]);
  return { ...mesh, a, b, hostA, hostB };
}

test('a connection takes four round trips and a half, a request two', async () => {
  const { world, members, connect } = gossipMesh(2, network);
  const [a, b] = members;
  connect(0, 1);
  world.runUntil(199);
  expect(a?.peers()).toEqual([]);
  world.runUntil(226);
  expect([a?.peers().length, b?.peers().length]).toEqual([1, 1]);
  world.runUntil(1_000);
  b?.serve('/echo/1', async (request) => request);
  let answeredAt = 0;
  void a?.request('peer-1', '/echo/1', Uint8Array.of(1), { timeoutMs: 1_000 }).then(() => {
    answeredAt = world.now;
  });
  world.runUntil(2_000);
  expect(Math.round(answeredAt)).toBe(1_100);
});

test('a killed process takes its connections along, and the other end is told at once', () => {
  const { world, a, hostB } = pair();
  hostB.kill();
  world.runUntil(world.now + 26);
  expect(a.peers()).toEqual([]);
});

test('a process that is killed while it dials is nobody’s peer', () => {
  const { world, hosts, members, connect } = gossipMesh(2, network);
  connect(0, 1);
  world.at(150, () => hosts[0]?.kill());
  world.runUntil(2_000);
  expect(members.map((member) => member.peers())).toEqual([[], []]);
});

test('what is sent arrives in order, whatever each part of it takes', () => {
  const { world, members, connect } = gossipMesh(2, { latencyMs: [[25]], jitterMs: 50, loss: 0.1 });
  connect(0, 1);
  const heard: number[] = [];
  members[1]?.subscribe('t', ([byte = 0]) => {
    heard.push(byte);
    return 'accept';
  });
  world.runUntil(5_000);
  for (let byte = 0; byte < 50; byte++) void members[0]?.publish('t', Uint8Array.of(byte));
  world.runUntil(20_000);
  expect(heard).toEqual(Array.from({ length: 50 }, (_, byte) => byte));
});

test('a host that is lost is silent, and its connections break when they are tried', () => {
  const { world, a, hostB } = pair();
  hostB.crash();
  world.runUntil(world.now + 1_000);
  expect(a.peers()).toHaveLength(1);
  world.runUntil(world.now + BREAKS_WITHIN_MS);
  expect(a.peers()).toEqual([]);
});

test('what is sent into a cut waits, and arrives in order when that is healed in time', () => {
  const { world, a, b, hostA } = pair();
  const heard: number[] = [];
  for (const member of [a, b]) {
    member.subscribe('t', ([byte = 0]) => {
      heard.push(byte);
      return 'accept';
    });
  }
  world.runUntil(world.now + 1_000);
  const heal = world.network.cut(split([hostA]));
  for (const byte of [1, 2, 3]) void a.publish('t', Uint8Array.of(byte));
  world.runUntil(world.now + 3_000);
  expect(heard).toEqual([]);
  heal();
  world.runUntil(world.now + 5_000);
  expect(heard).toEqual([1, 2, 3]);
});

test.each(['both ways', 'one way'] as const)(
  'a connection breaks at both ends when it stays cut %s',
  (way) => {
    const { world, a, b, hostA, hostB } = pair();
    world.network.cut(way === 'both ways' ? split([hostA]) : oneWay([hostA], [hostB]));
    world.runUntil(world.now + BREAKS_WITHIN_MS);
    expect([a.peers(), b.peers()]).toEqual([[], []]);
  },
);

test('a process that is stalled for long loses its connections, and learns it when it goes on', () => {
  const { world, a, b, hostB } = pair();
  hostB.process?.stall(2 * BREAKS_WITHIN_MS);
  world.runUntil(world.now + BREAKS_WITHIN_MS);
  expect([a.peers().length, b.peers().length]).toEqual([0, 1]);
  world.runUntil(world.now + BREAKS_WITHIN_MS + 1);
  expect(b.peers()).toEqual([]);
});

test('a host that comes back is dialled as a new one', () => {
  const { world, a, hostB, start } = pair();
  hostB.kill();
  world.runUntil(world.now + 100);
  void a.dial('peer-1', [`/ip4/${hostB.address}/tcp/${PORT}`]).catch(() => undefined);
  world.runUntil(world.now + 1_000);
  expect(a.peers()).toEqual([]);
  const again = start(hostB);
  void a.dial('peer-1', again.addresses());
  world.runUntil(world.now + 1_000);
  expect([a.peers().length, again.peers().length]).toEqual([1, 1]);
});

test('open connections cost something while they are open, and nothing afterwards', () => {
  const { world, a, hostA } = pair();
  const before = hostA.traffic.sent('connection');
  world.runUntil(world.now + 10_000);
  const idle = hostA.traffic.sent('connection') - before;
  expect(idle).toBeCloseTo(10 * IDLE_BYTES_PER_SECOND);
  world.runUntil(world.now + 10_000);
  void a.disconnect('peer-1');
  world.runUntil(world.now + 10_000);
  expect(hostA.traffic.sent('connection')).toBeCloseTo(before + 2 * idle);
});

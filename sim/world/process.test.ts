import { expect, test } from 'bun:test';
import { READ_QUEUE_DATAGRAMS, RECEIVE_BUFFER_DATAGRAMS } from './datagrams-under-way.ts';
import { WORLD_EPOCH, World } from './index.ts';

const still = { latencyMs: [[10]], jitterMs: 0 };

test('a clock is off and drifts as its host says, and spans are measured from the start of the process', () => {
  const world = new World({ seed: 1 });
  const host = world.addHost({ clockOffsetMs: 5_000, clockDrift: 0.01 });
  world.runUntil(100_000);
  const { clock } = host.boot();
  expect([clock.now(), clock.monotonic()]).toEqual([WORLD_EPOCH + 5_000 + 101_000, 0]);
  let firedAt = 0;
  clock.after(1_010, () => {
    firedAt = world.now;
  });
  world.runUntil(102_000);
  expect(firedAt).toBeCloseTo(101_000);
  expect(clock.monotonic()).toBeCloseTo(2_020);
  host.clockOffsetMs = 0;
  expect(clock.now()).toBe(WORLD_EPOCH + 103_020);
});

test('timers fire in order, again and again when they are periodic, and not when cancelled', () => {
  const world = new World({ seed: 1 });
  const { clock } = world.addHost().boot();
  const fired: string[] = [];
  const cancelled = clock.after(5, () => fired.push('cancelled'));
  const periodic = clock.every(10, () => fired.push('periodic'));
  clock.after(10, () => fired.push('once'));
  clock.after(25, () => periodic.cancel());
  cancelled.cancel();
  world.runUntil(100);
  expect(fired).toEqual(['periodic', 'once', 'periodic']);
  expect(world.timeline.waiting).toBe(0);
});

test('promises that an event settles run their course before the next event', () => {
  const world = new World({ seed: 1 });
  const { clock } = world.addHost().boot();
  const order: string[] = [];
  clock.after(1, async () => {
    await Promise.resolve();
    await Promise.resolve();
    order.push('promises');
  });
  clock.after(1, () => order.push('next timer'));
  world.runUntil(2);
  expect(order).toEqual(['promises', 'next timer']);
});

test('a stalled process does nothing; then overdue timers run first, and messages in order', () => {
  const world = new World({ seed: 1, network: still });
  const [slow, other] = [world.addHost(), world.addHost()];
  const process = slow.boot();
  const seen: string[] = [];
  process.datagrams.bind(slow.at(1), { received: ([byte]) => seen.push(`message ${byte}`) });
  process.clock.after(500, () => seen.push('late timer'));
  process.clock.after(2_000, () => seen.push('timely timer'));
  const socket = other.boot().datagrams.bind(other.at(1), { received: () => undefined });
  world.at(100, () => process.stall(1_000));
  world.at(200, () => socket.send(Uint8Array.of(1), slow.at(1)));
  world.at(300, () => socket.send(Uint8Array.of(2), slow.at(1)));
  world.runUntil(1_099);
  expect(seen).toEqual([]);
  world.runUntil(3_000);
  expect(seen).toEqual(['late timer', 'message 1', 'message 2', 'timely timer']);
});

test('a timer that an overdue one cancels does not fire, although it was overdue too', () => {
  const world = new World({ seed: 1 });
  const process = world.addHost().boot();
  const fired: string[] = [];
  process.clock.after(10, () => {
    fired.push('first');
    second.cancel();
  });
  const second = process.clock.after(20, () => fired.push('second'));
  process.stall(100);
  world.runUntil(200);
  expect(fired).toEqual(['first']);
});

test('a stalled process holds so many datagrams, and its kernel drops the rest', () => {
  const world = new World({ seed: 1, network: still });
  const [slow, other] = [world.addHost(), world.addHost()];
  const process = slow.boot();
  let received = 0;
  process.datagrams.bind(slow.at(1), { received: () => received++ });
  const socket = other.boot().datagrams.bind(other.at(1), { received: () => undefined });
  process.stall(1_000);
  for (let i = 0; i < 2 * RECEIVE_BUFFER_DATAGRAMS; i++) socket.send(Uint8Array.of(1), slow.at(1));
  world.runUntil(2_000);
  expect(received).toBe(RECEIVE_BUFFER_DATAGRAMS);
  process.stall(1_000);
  for (let i = 0; i < 10; i++) socket.send(Uint8Array.of(1), slow.at(1));
  world.runUntil(4_000);
  expect(received).toBe(RECEIVE_BUFFER_DATAGRAMS + 10);
});

test('who reads late does so in order, with timers on time, and holds only so much', () => {
  const world = new World({ seed: 1, network: still });
  const [slow, other] = [world.addHost(), world.addHost()];
  const { clock, datagrams } = slow.boot();
  const seen: { readonly what: number; readonly at: number }[] = [];
  datagrams.bind(slow.at(1), {
    received: ([byte = 0]) => seen.push({ what: byte, at: world.now }),
  });
  const socket = other.boot().datagrams.bind(other.at(1), { received: () => undefined });
  const recover = world.readLate(slow, 1_000, 5_000);
  for (let i = 0; i < 20; i++) world.at(100 * i, () => socket.send(Uint8Array.of(i), slow.at(1)));
  let timelyAt = 0;
  clock.after(500, () => {
    timelyAt = world.now;
  });
  world.runUntil(20_000);
  expect(timelyAt).toBe(500);
  expect(seen.map(({ what }) => what)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  for (const { what, at } of seen) expect(at - 100 * what).toBeGreaterThanOrEqual(1_010);
  expect(Math.max(...seen.map(({ what, at }) => at - 100 * what))).toBeGreaterThan(3_000);
  seen.length = 0;
  for (let i = 0; i < 2 * READ_QUEUE_DATAGRAMS; i++) socket.send(Uint8Array.of(1), slow.at(1));
  world.runUntil(20_500);
  recover();
  socket.send(Uint8Array.of(2), slow.at(1)); // not before those that wait
  world.runUntil(40_000);
  expect(seen).toHaveLength(READ_QUEUE_DATAGRAMS + 1);
  expect(seen.at(-1)?.what).toBe(2);
  socket.send(Uint8Array.of(3), slow.at(1));
  world.runUntil(40_010);
  expect(seen.at(-1)).toEqual({ what: 3, at: 40_010 });
});

test('what a process waited for, and what it does afterwards, ends with it', () => {
  const world = new World({ seed: 1, network: still });
  const [host, other] = [world.addHost(), world.addHost()];
  const first = host.boot();
  let isFired = false;
  first.clock.every(10, () => {
    isFired = true;
  });
  const socket = first.datagrams.bind(host.at(1), { received: () => undefined });
  host.kill();
  expect(world.timeline.waiting).toBe(0);
  first.clock.after(1, () => {
    isFired = true;
  });
  expect(socket.send(Uint8Array.of(1), other.at(1))).toBe(false);
  expect(world.timeline.waiting).toBe(0);
  world.runUntil(100);
  expect(isFired).toBe(false);
  host.boot().datagrams.bind(host.at(1), { received: () => undefined }); // the port is free again
});

test('a host that is slow is awake and blocked in turns, as long as it is slow', () => {
  const world = new World({ seed: 1 });
  const host = world.addHost();
  const { clock } = host.boot();
  const gaps: number[] = [];
  let last = 0;
  clock.every(100, () => {
    gaps.push(clock.monotonic() - last);
    last = clock.monotonic();
  });
  const recover = world.slowDown(host, { awakeMs: 1_000, blockedMs: 1_000 });
  world.runUntil(60_000);
  expect(Math.max(...gaps)).toBeGreaterThan(1_000);
  recover();
  world.runUntil(70_000);
  gaps.length = 0;
  world.runUntil(80_000);
  expect(Math.max(...gaps)).toBeLessThan(101);
});

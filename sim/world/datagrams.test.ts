import { expect, test } from 'bun:test';
import type { DatagramSocket } from '../../src/ports/index.ts';
import { LAN, type NetworkOptions, type SimHost, World } from './index.ts';

const PORT = 7600;
const PING = 1;
const PONG = 2;

/** Hosts that ping a random other one each second, and count who answers. */
function pingingWorld(count: number, seed: number, network: NetworkOptions = LAN) {
  const world = new World({ seed, network });
  const hosts = Array.from({ length: count }, () => world.addHost());
  const pongs = hosts.map(() => 0);
  const begin = (host: SimHost, padding = 0): void => {
    const { clock, datagrams, random } = host.boot();
    const socket: DatagramSocket = datagrams.bind(host.at(PORT), {
      received: ([kind], from) => {
        if (kind === PING) socket.send(Uint8Array.of(PONG), from);
        else pongs[host.number] = (pongs[host.number] ?? 0) + 1;
      },
    });
    clock.every(1_000, () => {
      const other = hosts[random.below(count)];
      if (other !== undefined) socket.send(Uint8Array.of(PING, padding, 3, 4, 5), other.at(PORT));
    });
  };
  return { world, hosts, pongs, begin };
}

test('fifty hosts ping each other, and each hears its answers', () => {
  const { world, hosts, pongs, begin } = pingingWorld(50, 7);
  for (const host of hosts) begin(host);
  world.runUntil(10_500);
  expect(pongs).toEqual(hosts.map(() => 10));
});

test('two worlds of one seed are the same to the last event, of another seed they are not', () => {
  const digestOf = (seed: number): string => {
    const { world, hosts, begin } = pingingWorld(50, seed, { ...LAN, loss: 0.1, reordering: 0.1 });
    for (const host of hosts) begin(host);
    world.runUntil(30_000);
    return world.timeline.trace.digest;
  };
  expect(digestOf(7)).toBe(digestOf(7));
  expect(digestOf(7)).not.toBe(digestOf(8));
});

test('one byte of one datagram changes the digest of the run', () => {
  const digestOf = (padding: number): string => {
    const { world, hosts, begin } = pingingWorld(3, 7);
    for (const host of hosts) begin(host, host.number === 2 ? padding : 0);
    world.runUntil(2_000);
    return world.timeline.trace.digest;
  };
  expect(digestOf(0)).toBe(digestOf(0));
  expect(digestOf(0)).not.toBe(digestOf(1));
});

test('each datagram arrives as it was when it was sent, whatever was read before in its place', () => {
  const world = new World({ seed: 7 });
  const [sender, receiver] = [world.addHost(), world.addHost()];
  const heard: number[] = [];
  receiver.boot().datagrams.bind(receiver.at(PORT), {
    received: ([kind = 0, number = 0], from) => {
      expect(from).toEqual({ host: sender.address, port: PORT });
      heard.push(10 * kind + number);
    },
  });
  const socket = sender.boot().datagrams.bind(sender.at(PORT), { received: () => undefined });
  const bytes = new Uint8Array(2);
  for (let kind = 0; kind < 3; kind++) {
    for (let number = 0; number < 10; number++) {
      bytes.set([kind, number]);
      socket.send(bytes, receiver.at(PORT));
    }
    bytes.fill(99);
    world.runUntil(100 * (kind + 1));
  }
  expect(heard.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
});

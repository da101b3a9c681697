import { expect, test } from 'bun:test';
import {
  type NetworkConditions,
  type NetworkOptions,
  oneWay,
  partial,
  type SimHost,
  split,
  World,
} from './index.ts';

/** Hosts that note what they receive, as `<from> <to> <at>`, and can send to each other. */
function quietWorld(count: number, network: NetworkOptions, regions: readonly number[] = []) {
  const world = new World({ seed: 3, network });
  const hosts = Array.from({ length: count }, (_, i) => world.addHost({ region: regions[i] ?? 0 }));
  const received: { from: number; to: number; at: number; byte: number }[] = [];
  const sockets = hosts.map((host) =>
    host.boot().datagrams.bind(host.at(1), {
      received: ([byte = 0], { host: address }) => {
        const from = hosts.findIndex((one) => one.address === address);
        received.push({ from, to: host.number, at: world.now, byte });
      },
    }),
  );
  const send = (from: number, to: number, byte = 0): void => {
    const target = hosts[to];
    if (target !== undefined) sockets[from]?.send(Uint8Array.of(byte), target.at(1));
  };
  return { world, hosts, received, send };
}

test('a datagram takes as long as it is between the two regions', () => {
  const latencyMs = [
    [1, 40],
    [60, 2],
  ];
  const { world, received, send } = quietWorld(3, { latencyMs, jitterMs: 0 }, [0, 0, 1]);
  send(0, 1);
  send(0, 2);
  send(2, 0);
  world.runUntil(1_000);
  expect(received.map(({ from, to, at }) => [from, to, at])).toEqual([
    [0, 1, 1],
    [0, 2, 40],
    [2, 0, 60],
  ]);
});

test('of many datagrams about as many are lost, doubled and overtaken as is said', () => {
  const { world, received, send } = quietWorld(2, { latencyMs: [[10]], jitterMs: 0 });
  const arriving = (conditions: Partial<NetworkConditions>): number => {
    world.network.conditions = { loss: 0, duplication: 0, reordering: 0, ...conditions };
    received.length = 0;
    const start = Math.ceil(world.now / 256) * 256;
    for (let i = 0; i < 10_000; i++) world.at(start + i, () => send(0, 1, i % 256));
    world.runUntil(start + 20_000);
    return received.length / 10_000;
  };
  expect(arriving({ loss: 0.1 })).toBeCloseTo(0.9, 1.5);
  expect(arriving({ duplication: 0.05 })).toBeCloseTo(1.05, 1.5);
  expect(arriving({ reordering: 0.02 })).toBe(1);
  const late = received.filter(({ at, byte }) => Math.floor(at - 10) % 256 !== byte).length;
  expect(late / 10_000).toBeGreaterThan(0.01);
  expect(late / 10_000).toBeLessThan(0.03);
  expect(arriving({ loss: 1 })).toBe(0);
});

/** From whom to whom anything passes. */
function passing(hosts: readonly SimHost[], world: World): readonly string[] {
  return hosts.flatMap((from) =>
    hosts
      .filter((to) => to !== from && !world.network.isCut(from, to))
      .map((to) => `${from.number}>${to.number}`),
  );
}

test('a split keeps two sides apart both ways, a one-way cut one way, until they are healed', () => {
  const { world, hosts, received, send } = quietWorld(3, { latencyMs: [[1]], jitterMs: 0 });
  const [a, b] = hosts;
  if (a === undefined || b === undefined) throw new Error('there are three');
  const healSplit = world.network.cut(split([a]));
  expect(passing(hosts, world)).toEqual(['1>2', '2>1']);
  send(0, 1);
  send(1, 0);
  send(1, 2);
  world.runUntil(10);
  expect(received.map(({ from, to }) => [from, to])).toEqual([[1, 2]]);
  healSplit();
  const healOneWay = world.network.cut(oneWay([a], [b]));
  expect(passing(hosts, world)).toEqual(['0>2', '1>0', '1>2', '2>0', '2>1']);
  healOneWay();
  expect(passing(hosts, world)).toHaveLength(6);
});

test('a partial cut hits its share of all pairs, the same both ways', () => {
  const cut = partial(0.3, 5);
  let [hit, asymmetric] = [0, 0];
  for (let a = 0; a < 200; a++) {
    for (let b = a + 1; b < 200; b++) {
      if (cut(a, b)) hit++;
      if (cut(a, b) !== cut(b, a)) asymmetric++;
    }
  }
  expect(hit / 19_900).toBeCloseTo(0.3, 1);
  expect(asymmetric).toBe(0);
});

test('what a host sends is counted with its headers, whether it arrives or not', () => {
  const { world, hosts, send } = quietWorld(2, { latencyMs: [[1]], jitterMs: 0, loss: 1 });
  send(0, 1);
  world.runUntil(10);
  expect(hosts[0]?.traffic.sent('datagram')).toBe(29);
  expect(hosts[1]?.traffic.total).toBe(0);
});

import { recordingLog } from '../../../src/ports/testing/index.ts';
import { type NetworkOptions, SimGossip, type SimHost, World } from '../index.ts';

export const PORT = 7600;

/** Hosts with gossip on them that admit each other, and connections between some. */
export function gossipMesh(count: number, network: NetworkOptions) {
  const world = new World({ seed: 11, network });
  const start = (host: SimHost): SimGossip =>
    new SimGossip(host.boot(), {
      id: `peer-${host.number}`,
      publicKey: Uint8Array.of(host.number >> 8, host.number),
      port: PORT,
      admission: {
        credential: () => Uint8Array.of(host.number >> 8, host.number),
        admit: (_key, [high = 0, low = 0]) => ({ admitted: true, name: `n${high * 256 + low}` }),
      },
      log: recordingLog(),
    });
  const hosts = Array.from({ length: count }, () => world.addHost());
  const members = hosts.map(start);
  const connect = (from: number, to: number): void => {
    const [a, b] = [members[from], members[to]];
    if (a !== undefined && b !== undefined) void a.dial(b.self, b.addresses());
  };
  /** Each dials `degree` others at random, and all connections are there. */
  const connectAll = (degree: number): void => {
    const random = world.random.fork('connections');
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < degree; j++) {
        const other = random.below(count);
        if (other !== i) connect(i, other);
      }
    }
    world.runUntil(world.now + 3_000);
  };
  return { world, hosts, members, start, connect, connectAll };
}

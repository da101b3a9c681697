import { heapStats } from 'bun:jsc';
import {
  claimOf,
  ENDPOINTS_OF_NODE,
  FullRegistry,
  NODES,
  nodeName,
  SERVICES,
  type Spread,
  serviceName,
} from './full-registry.ts';
import { garbageIn } from './garbage.ts';
import { type Bench, median, quantile, type Row } from './rows.ts';

const LOOKUPS = 10_000_000;
const BATCH = 1_000;
const CHANGES = 2_000;

export const registryBench: Bench = {
  about: 'the registry with 10,000 endpoints of 1,000 nodes',
  async run() {
    const many = new FullRegistry('many services');
    const { bytes } = await garbageIn('lookups-child.ts', [String(LOOKUPS)]);
    return [
      ...lookupRows(many),
      row('garbage per lookup', bytes / LOOKUPS, 'bytes', [0, 0]),
      ...changeRows(many, 'many services', 'one of the 100 endpoints of a service'),
      ...changeRows(new FullRegistry('one service'), 'one service', 'one of 10,000 of a service'),
      ...deathRows(many),
      ...memoryRows(),
    ];
  },
};

type Aim = readonly [bar: number, stretch: number];

const row = (what: string, value: number, unit: string, aim?: Aim): Row => ({
  what,
  value,
  unit,
  ...(aim === undefined ? {} : { bar: aim[0], stretch: aim[1] }),
});

function lookupRows({ registry }: FullRegistry): Row[] {
  const services = Array.from({ length: SERVICES }, (_, n) => serviceName(n));
  const nodes = Array.from({ length: NODES }, (_, n) => nodeName(n));
  return [
    ...timed('endpoints of a service', services, (key) => registry.endpointsOf(key).length),
    ...timed('those that get traffic', services, (key) => registry.offered(key).length),
    ...timed('endpoints of a node', nodes, (name) => registry.endpointsOn(name).length),
  ];
}

/** The median is of batches, the tail of lookups timed one by one: it has the timer's own time in it. */
function timed<Key>(what: string, keys: readonly Key[], lookUp: (key: Key) => number): Row[] {
  const batches: number[] = [];
  const singles: number[] = [];
  let found = 0;
  for (let round = 0; round < 200; round += 1) {
    const start = Bun.nanoseconds();
    for (let at = 0; at < BATCH; at += 1) {
      const key = keys[at % keys.length];
      if (key !== undefined) found += lookUp(key);
    }
    batches.push((Bun.nanoseconds() - start) / BATCH / 1_000);
    for (const key of keys) {
      const began = Bun.nanoseconds();
      found += lookUp(key);
      singles.push((Bun.nanoseconds() - began) / 1_000);
    }
  }
  if (found === 0) throw new Error('nothing was found');
  return [
    row(`${what}, median`, median(batches), 'µs', [1, 0.1]),
    row(`${what}, p99, with the timer`, quantile(singles, 0.99), 'µs', [1, 0.3]),
  ];
}

/** An endpoint becomes ready or not: its record is read, judged, and in the views. */
function changeRows(full: FullRegistry, spread: Spread, what: string): Row[] {
  const times: number[] = [];
  for (let i = 0; i < CHANGES; i += 1) {
    const [node, n] = [(i * 7) % NODES, i % ENDPOINTS_OF_NODE];
    const claim = claimOf(node, n, spread, i >= NODES);
    const start = Bun.nanoseconds();
    full.say(node, n, claim);
    times.push((Bun.nanoseconds() - start) / 1_000);
    full.clock.advance(1);
  }
  return [
    row(`a change of ${what}, median`, median(times), 'µs'),
    row(`a change of ${what}, p99`, quantile(times, 0.99), 'µs'),
  ];
}

function deathRows({ registry, dead }: FullRegistry): Row[] {
  const times = Array.from({ length: NODES }, (_, n) => {
    const name = nodeName(n);
    dead.add(name);
    const start = Bun.nanoseconds();
    registry.memberChanged(name);
    return (Bun.nanoseconds() - start) / 1_000;
  });
  return [row(`a node of ${ENDPOINTS_OF_NODE} endpoints dies, median`, median(times), 'µs')];
}

const COPIES = 4;

/** By the collector's own count, once everything else is gone. */
function memoryRows(): Row[] {
  const heldBytes = () => {
    Bun.gc(true);
    return heapStats().heapSize;
  };
  const bytesOf = (make: () => FullRegistry): number => {
    const before = heldBytes();
    const held = Array.from({ length: COPIES }, make);
    const bytes = heldBytes() - before;
    return bytes / held.reduce((sum, { registry }) => sum + registry.endpoints().length, 0);
  };
  const first = new FullRegistry('many services');
  return [
    row(
      'memory, what they claim included',
      bytesOf(() => new FullRegistry('many services')),
      'bytes an endpoint',
    ),
    row(
      'memory without it',
      bytesOf(() => new FullRegistry('many services', first)),
      'bytes an endpoint',
    ),
  ];
}

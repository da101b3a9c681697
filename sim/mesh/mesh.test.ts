import { expect, setDefaultTimeout, test } from 'bun:test';
import { type Fault, PLAIN_NETWORK, type Scenario } from '../scenario/index.ts';
import { makeMesh } from './make-mesh.ts';
import type { Mesh } from './mesh.ts';

// Virtual time costs real time, more so where others work on the same cores.
setDefaultTimeout(60_000);

const scenario = (over: Partial<Scenario> = {}): Scenario => ({
  name: 'small',
  nodes: 10,
  minutes: 1,
  start: 'settled',
  profile: 'lan',
  lifeguard: true,
  network: PLAIN_NETWORK,
  changesPerSecond: 0,
  faults: [],
  ...over,
});
const made = (over: Partial<Scenario> = {}, seed = 1): Mesh =>
  makeMesh(scenario(over), seed, () => undefined);

const digests = (mesh: Mesh): Set<string> => new Set(mesh.all().map((node) => mesh.digestOf(node)));

test('a settled mesh holds the same everywhere from the first second, and says nothing new', () => {
  const mesh = made();
  mesh.world.runUntil(1_500);
  const [before] = digests(mesh);
  mesh.world.runUntil(20_000);
  expect([...digests(mesh)]).toEqual([before ?? '']);
  expect(mesh.sentInAll('message')).toBe(0);
});

test('a cold mesh comes to hold the record of every node on each, from a few addresses', () => {
  const mesh = made({ start: 'cold' });
  mesh.world.runUntil(20_000);
  expect(digests(mesh).size).toBe(1);
  expect(mesh.node(0).life?.records.snapshot().writers.size).toBe(10);
});

test('nodes that heard the same in another order share one index of it', () => {
  const mesh = made();
  const indices = () => new Set(mesh.all().map((node) => mesh.node(node).life?.records.snapshot()));
  const sayAll = (serial: number | undefined) => {
    for (const node of mesh.all()) mesh.change(node, 'workload', serial);
  };
  for (const [at, serial] of [
    [5_000, 1],
    [6_000, 2],
    [7_000, undefined],
  ] as const) {
    mesh.world.at(at, () => sayAll(serial));
  }
  for (const at of [5_500, 6_500, 7_500]) {
    mesh.world.runUntil(at - 490);
    expect(indices().size).toBeGreaterThan(5);
    mesh.world.runUntil(at);
    expect(indices().size).toBe(1);
  }
});

test('a node that crashed and one that left are seen as such by all, and both are alive again when they are back', () => {
  const mesh = made();
  mesh.world.at(5_000, () => {
    mesh.crash(3, 'host', 0);
    mesh.leave(4);
  });
  mesh.world.runUntil(15_000);
  expect([mesh.verdictOf(0, 3), mesh.verdictOf(0, 4)]).toEqual(['dead', 'left']);
  mesh.world.at(15_000, () => {
    mesh.start(3);
    mesh.start(4);
  });
  mesh.world.runUntil(25_000);
  const verdicts = mesh
    .all()
    .flatMap((node) =>
      [3, 4].filter((other) => other !== node).map((other) => mesh.verdictOf(node, other)),
    );
  expect(new Set(verdicts)).toEqual(new Set(['alive']));
});

test('clocks are as wrong as the scenario has them', () => {
  const wrong: Fault = { kind: 'clock', nodes: 2, offsetMs: 600_000, driftPpm: 0 };
  const mesh = made({ faults: [wrong] });
  mesh.world.runUntil(2_000);
  expect([...mesh.honest()].length - [...mesh.reliable()].length).toBeGreaterThanOrEqual(1);
});

test('one seed is one run, to the last event; another seed is another', () => {
  const trace = (seed: number): string => {
    const mesh = made({}, seed);
    mesh.world.runUntil(10_000);
    return mesh.world.timeline.trace.digest;
  };
  expect(trace(1)).toBe(trace(1));
  expect(trace(1)).not.toBe(trace(2));
});

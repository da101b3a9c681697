import type { Clock } from '../src/ports/index.ts';
import { FaultSchedule } from './faults/index.ts';
import { LiarBand } from './liars/index.ts';
import { Load, type Mesh, makeMesh } from './mesh/index.ts';
import { Onlooker } from './onlooker.ts';
import { promisesOf } from './promises.ts';
import type { RunReport } from './report/index.ts';
import { calmFromS, type Scenario } from './scenario/index.ts';
import { TRAFFIC_KINDS } from './world/index.ts';

/** Virtual time between two words to whoever waits. */
const PROGRESS_MS = 1_000;

/** What of the real world a run needs: how long it took, and what it took. */
export interface Surroundings {
  readonly clock: Clock;
  readonly peakBytes: () => number;
  /** Of the virtual time, which part has passed: 0 to 1. */
  readonly progress: (share: number) => void;
}

/** Runs one scenario from one seed to its end, and says what came of it. */
export function run(scenario: Scenario, seed: number, surroundings: Surroundings): RunReport {
  const startedAt = surroundings.clock.monotonic();
  const liars = new LiarBand(scenario, seed);
  const mesh = makeMesh(scenario, seed, liars.disguiseOf);
  const onlooker = new Onlooker(mesh, promisesOf(scenario, mesh, liars));
  const { world } = mesh;
  const faults = new FaultSchedule(mesh, world.random.fork('faults'));
  for (const fault of scenario.faults) faults.plan(fault);
  const endMs = Math.max(scenario.minutes * 60, calmFromS(scenario)) * 1_000;
  new Load(mesh, scenario.changesPerSecond, world.random.fork('load')).run(endMs);
  for (let at = PROGRESS_MS; world.now < endMs; at += PROGRESS_MS) {
    world.runUntil(Math.min(at, endMs));
    surroundings.progress(world.now / endMs);
  }
  const traffic = trafficOf(mesh, endMs);
  onlooker.untilWell(endMs);
  return {
    ...{ scenario: scenario.name, seed, nodes: scenario.nodes, virtualMinutes: scenario.minutes },
    ...onlooker.findings(),
    bytesPerNodePerSecond: traffic,
    cost: {
      wallMs: surroundings.clock.monotonic() - startedAt,
      events: world.timeline.happened,
      peakBytes: surroundings.peakBytes(),
    },
    trace: world.timeline.trace.digest,
  };
}

function trafficOf(mesh: Mesh, endMs: number): Readonly<Record<string, number>> {
  const hosts = mesh.all().map((node) => mesh.hostOf(node).traffic);
  return Object.fromEntries(
    TRAFFIC_KINDS.map((kind) => {
      const total = hosts.reduce((sum, traffic) => sum + traffic.sent(kind), 0);
      return [kind, total / mesh.size / (endMs / 1_000)];
    }),
  );
}

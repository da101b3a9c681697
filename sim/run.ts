import type { Clock } from '../src/ports/index.ts';
import { FaultSchedule } from './faults/index.ts';
import { SentBytes } from './figures/index.ts';
import { LiarBand } from './liars/index.ts';
import { Load, makeMesh } from './mesh/index.ts';
import { Onlooker } from './onlooker.ts';
import { promisesOf } from './promises.ts';
import type { RunReport } from './report/index.ts';
import { calmFromS, type Scenario } from './scenario/index.ts';

/** Virtual time between two words to whoever waits. */
const PROGRESS_MS = 1_000;

/** By then nodes have connected and caught up: what they send from then on is what a mesh costs. */
const START_MS = 30_000;

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
  const runUntil = (untilMs: number): void => {
    while (world.now < untilMs) {
      world.runUntil(Math.min(world.now + PROGRESS_MS, untilMs));
      surroundings.progress(world.now / endMs);
    }
  };
  runUntil(Math.min(START_MS, endMs / 2));
  const sent = new SentBytes(mesh, world.now);
  runUntil(endMs);
  const bytesPerNodePerSecond = sent.perNodeSecond(endMs);
  onlooker.untilWell(endMs);
  return {
    scenario: scenario.name,
    seed,
    nodes: scenario.nodes,
    virtualMinutes: scenario.minutes,
    ...onlooker.findings(),
    bytesPerNodePerSecond,
    cost: {
      wallMs: surroundings.clock.monotonic() - startedAt,
      events: world.timeline.happened,
      peakBytes: surroundings.peakBytes(),
    },
    trace: world.timeline.trace.digest,
  };
}

import { DEEDS, type Deed } from './deed.ts';
import { Draw } from './draw.ts';
import type { Fault } from './fault.ts';
import type { NetworkPlan, Scenario } from './scenario.ts';

/** In which the faults of a random scenario begin and end, seconds. */
const FAULTS_FROM_S = 10;
const FAULTS_UNTIL_S = 90;
/** Of liars in a mesh: what it promises to bear. */
const MOST_LIARS = 0.05;

/**
 * A small mesh with a bad day, drawn from a seed: each kind of fault in about every third run, at any time, so
 * that each meets each other.
 */
export function randomScenario(seed: number): Scenario {
  const draw = new Draw(seed);
  const nodes = draw.whole(3, 40);
  return {
    name: 'swarm',
    nodes,
    minutes: 2,
    start: draw.chance(0.3) ? 'cold' : 'settled',
    profile: 'lan',
    lifeguard: true,
    network: randomNetwork(draw),
    changesPerSecond: draw.of(0.5, 2, 5),
    faults: randomFaults(draw, nodes),
  };
}

function randomNetwork(draw: Draw): NetworkPlan {
  const roundTripMs = draw.of(2, 10, 50);
  return {
    roundTripMs,
    farRoundTripMs: roundTripMs * draw.of(1, 2, 4),
    regions: draw.whole(1, 3),
    jitter: draw.between(0, 0.5),
    loss: draw.of(0, 0.01, 0.05),
    duplication: draw.of(0, 0.01),
    reordering: draw.of(0, 0.05),
  };
}

function randomFaults(draw: Draw, nodes: number): readonly Fault[] {
  const few = (): number => draw.whole(1, Math.max(1, Math.floor(nodes / 5)));
  const span = (): { readonly atS: number; readonly forS: number } => {
    const atS = draw.whole(FAULTS_FROM_S, FAULTS_UNTIL_S - 10);
    return { atS, forS: draw.whole(5, FAULTS_UNTIL_S - atS) };
  };
  const kinds: readonly (() => Fault)[] = [
    () => ({ kind: 'crash', ...randomCrash(draw), nodes: few() }),
    () => ({ kind: 'crash', ...randomCrash(draw), nodes: few() }),
    () => ({ kind: 'leave', atS: draw.whole(10, 60), nodes: 1, backAfterS: draw.whole(5, 30) }),
    () => ({
      kind: 'partition',
      ...span(),
      share: draw.between(0.1, 0.5),
      shape: draw.of('symmetric', 'one-way', 'partial'),
    }),
    () => ({
      kind: 'slow',
      ...span(),
      share: draw.between(0.05, 0.2),
      awakeMs: draw.whole(50, 1_000),
      blockedMs: draw.whole(500, 15_000),
    }),
    () => ({
      kind: 'late',
      ...span(),
      share: draw.between(0.05, 0.2),
      fromMs: draw.of(0, 500),
      toMs: draw.whole(500, 5_000),
    }),
    () => ({ kind: 'loss', ...span(), share: draw.between(0.05, 0.3) }),
    () => ({
      kind: 'clock',
      nodes: few(),
      driftPpm: draw.of(-500, 0, 500),
      offsetMs: draw.of(-600_000, -50_000, 5_000, 50_000, 600_000),
    }),
    () => ({ kind: 'disk', ...span(), nodes: few(), how: draw.of('fails', 'fails-but-persists') }),
    () => ({ kind: 'liars', ...span(), share: MOST_LIARS, deeds: randomDeeds(draw) }),
  ];
  return draw.some(kinds, 1 / 3).map((make) => make());
}

const randomCrash = (draw: Draw) => ({
  atS: draw.whole(FAULTS_FROM_S, FAULTS_UNTIL_S - 30),
  dies: draw.of<'process' | 'host'>('process', 'host'),
  lostWrites: draw.of(0, 0, draw.whole(1, 5)),
  ...(draw.chance(0.7) ? { backAfterS: draw.whole(1, 30) } : {}),
});

function randomDeeds(draw: Draw): readonly Deed[] {
  const drawn = draw.some(DEEDS, 1 / 3);
  return drawn.length > 0 ? drawn : [draw.of(...DEEDS)];
}

import type { RunReport, TrustReport } from '../report/index.ts';
import { SCENARIOS, type Scenario } from '../scenario/index.ts';
import { trust } from './trust-bar.ts';

/** One figure that the mesh must reach. */
export interface Bar {
  readonly what: string;
  readonly unit: 'ms' | 'deaths' | 'members' | 'bytes a second' | 'times' | 'bytes' | 'seeds';
  readonly bar: number;
  readonly stretch: number;
  /** More is better; else less is. */
  readonly atLeast?: true;
  /** What must be enough of, for the figure to mean anything. */
  readonly needs?: { readonly what: string; readonly least: number };
}

/** Runs a scenario with a seed, or remembers that it did. */
export type RunOne = (scenario: Scenario, seed: number) => RunReport;

/** Runs the plan that is drawn from a seed. */
export type RunTrust = (seed: number) => Promise<TrustReport>;

/** What one measurement gives: a figure for each of its bars, in their order. */
export interface Measured {
  readonly value: number;
  /** Of what {@link Bar.needs} asks for. */
  readonly basis?: number;
}

export interface Measurement {
  readonly bars: readonly Bar[];
  /** @param seeds those to run, where somebody asked for others than the measurement's own */
  measure(
    run: RunOne,
    runTrust: RunTrust,
    seeds?: readonly number[],
  ): readonly Measured[] | Promise<readonly Measured[]>;
}

const SEED = 1;
/** Of the comparison with and without Lifeguard, which differs much from seed to seed. */
const LIFEGUARD_SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
/** False deaths without Lifeguard that the comparison needs. */
const LEAST_FALSE_DEATHS = 500;

/** A figure of one run of a named scenario. */
const ofOne = (name: string, bar: Bar, figure: (report: RunReport) => number): Measurement => ({
  bars: [bar],
  measure: (run) => [{ value: figure(run(scenarioOf(name), SEED)) }],
});

function scenarioOf(name: string): Scenario {
  const named = SCENARIOS[name];
  if (named === undefined) throw new RangeError(`there is no scenario ${name}`);
  return named.scenario;
}

const ofHealthy = ({ falseDeaths }: RunReport): number =>
  falseDeaths.ofHealthyAtHealthy + falseDeaths.ofHealthyAtSlow;

const lifeguard: Measurement = {
  bars: [
    {
      what: 'false deaths of healthy members beside 10 % slow ones: fewer with Lifeguard than without',
      unit: 'times',
      bar: 50,
      stretch: 100,
      atLeast: true,
      needs: { what: 'false deaths without Lifeguard', least: LEAST_FALSE_DEATHS },
    },
  ],
  measure(run) {
    const scenario = scenarioOf('slow');
    const total = (on: boolean): number =>
      LIFEGUARD_SEEDS.reduce(
        (sum, seed) => sum + ofHealthy(run({ ...scenario, lifeguard: on }, seed)),
        0,
      );
    const [without, with_] = [total(false), total(true)];
    return [{ value: without / Math.max(1, with_), basis: without }];
  },
};

const large: Measurement = {
  bars: [
    {
      what: '10,000 nodes, 2 virtual minutes: wall time',
      unit: 'ms',
      bar: 300_000,
      stretch: 60_000,
    },
    { what: '… memory', unit: 'bytes', bar: 8e9, stretch: 4e9 },
  ],
  measure(run) {
    const { cost } = run(scenarioOf('large'), SEED);
    return [{ value: cost.wallMs }, { value: cost.peakBytes }];
  },
};

/** By the name under which each is asked for. */
export const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  spread: ofOne(
    'spread',
    {
      what: 'a change seen on all of 1,000 nodes, p99',
      unit: 'ms',
      bar: 1_000,
      stretch: 400,
    },
    ({ propagation }) => propagation.onAll.p99 ?? Number.NaN,
  ),
  crash: ofOne(
    'crash',
    {
      what: 'a crash confirmed on all of 1,000 nodes, p99',
      unit: 'ms',
      bar: 8_000,
      stretch: 4_000,
    },
    ({ detection }) => detection.onAll.p99 ?? Number.NaN,
  ),
  steady: ofOne(
    'steady',
    {
      what: 'traffic of a node among 1,000 at rest',
      unit: 'bytes a second',
      bar: 2_000,
      stretch: 1_000,
    },
    ({ bytesPerNodePerSecond }) =>
      Object.values(bytesPerNodePerSecond).reduce((sum, bytes) => sum + bytes, 0),
  ),
  healthy: ofOne(
    'healthy',
    {
      what: 'false deaths in 24 h of 100 healthy nodes',
      unit: 'deaths',
      bar: 0,
      stretch: 0,
    },
    ofHealthy,
  ),
  slow: lifeguard,
  accusers: ofOne(
    'accusers',
    {
      what: 'healthy members of 1,000 that lose their endpoints to 5 % accusers',
      unit: 'members',
      bar: 0,
      stretch: 0,
    },
    ofHealthy,
  ),
  heal: ofOne(
    'heal',
    {
      what: 'one digest after 500 and 500 nodes were apart for 10 minutes',
      unit: 'ms',
      bar: 30_000,
      stretch: 10_000,
    },
    ({ agreementMs }) => agreementMs ?? Number.NaN,
  ),
  speed: ofOne(
    'ordinary',
    {
      what: '1,000 nodes, 10 virtual minutes: wall time',
      unit: 'ms',
      bar: 30_000,
      stretch: 10_000,
    },
    ({ cost }) => cost.wallMs,
  ),
  large,
  trust,
};

import type { TrustReport } from '../report/index.ts';
import type { Measurement } from './bar.ts';

const SEEDS = Array.from({ length: 100 }, (_, i) => i + 1);

const slowest = (all: readonly (number | null)[]): number =>
  Math.max(...all.map((one) => one ?? Number.NaN));

/** Bad days of those who say what is in force: they must end with one set everywhere, each of them. */
export const trust: Measurement = {
  bars: [
    {
      what: 'bad days of 200 nodes and 3 authorities that publish under partition, without a split',
      unit: 'seeds',
      bar: 100,
      stretch: 1_000,
      atLeast: true,
    },
    {
      what: '… from the last fault to one set on all that hear each other, the slowest',
      unit: 'ms',
      bar: 60_000,
      stretch: 30_000,
    },
    {
      what: '… and on a node that was cut off through it all, from when it was back, the slowest',
      unit: 'ms',
      bar: 60_000,
      stretch: 10_000,
    },
  ],
  async measure(_run, runTrust, seeds = SEEDS) {
    const reports: TrustReport[] = [];
    for (const seed of seeds) reports.push(await runTrust(seed));
    return [
      { value: reports.filter(({ sets }) => sets === 1).length },
      { value: slowest(reports.map(({ mergedMs }) => mergedMs)) },
      { value: slowest(reports.map(({ agreementMs }) => agreementMs)) },
    ];
  },
};

import { median, type Row } from '../rows.ts';
import type { Family } from './contender.ts';

/** What a contender needed in each round, in one unit. */
export interface Taken {
  readonly name: string;
  readonly family: Family;
  readonly values: readonly number[];
}

/** Ours against the best of some families: at most `bar` times theirs, better `stretch` times. */
export interface Aim {
  readonly against: string;
  readonly families: readonly Family[];
  readonly bar: number;
  readonly stretch: number;
}

export const spreadOf = (values: readonly number[]): readonly [number, number] => [
  Math.min(...values),
  Math.max(...values),
];

export const medianRow = ({ name, values }: Taken, unit: string): Row => ({
  what: name,
  value: median(values),
  unit,
  spread: spreadOf(values),
});

/** Round by round, so that what slows all of a round down is not counted; undefined without a figure of theirs. */
export function ratioRow(ours: Taken, all: readonly Taken[], aim: Aim): Row | undefined {
  const best = all
    .filter(({ family }) => aim.families.includes(family))
    .toSorted((a, b) => median(a.values) - median(b.values))[0];
  if (best === undefined) return undefined;
  const ratios = ours.values.map((value, round) => value / (best.values[round] ?? Number.NaN));
  return {
    what: `${ours.name} against ${aim.against === best.name ? '' : `${aim.against}: `}${best.name}`,
    value: median(ratios),
    unit: '×',
    spread: spreadOf(ratios),
    bar: aim.bar,
    stretch: aim.stretch,
  };
}

import { median, type Row } from '../rows.ts';
import { type Family, OURS } from './contender.ts';

/** Who takes part in a case. */
export interface Entrant {
  readonly name: string;
  readonly family: Family;
  /** Starts and warms up; what it returns is called once a round and tells what that round took. */
  prepare(): Promise<() => Promise<number>>;
}

/** What an entrant took in each round, in one unit. */
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

/**
 * Everyone in turn, round by round. Whoever fails once is out, and has no figures: a load with errors
 * measures nothing.
 */
export async function takeTurns(
  entrants: readonly Entrant[],
  rounds: number,
): Promise<{ taken: Taken[]; failures: string[] }> {
  const failures: string[] = [];
  const running = new Map<Entrant, { turn: () => Promise<number>; values: number[] }>();
  const attempt = async (entrant: Entrant, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      running.delete(entrant);
      failures.push(`${entrant.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const entrant of entrants) {
    await attempt(entrant, async () => {
      running.set(entrant, { turn: await entrant.prepare(), values: [] });
    });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [entrant, { turn, values }] of [...running]) {
      await attempt(entrant, async () => void values.push(await turn()));
    }
  }
  const taken = [...running].map(([{ name, family }, { values }]) => ({ name, family, values }));
  return { taken, failures };
}

/** Every figure, by name. */
export const roundsOf = (taken: readonly Taken[]): Record<string, readonly number[]> =>
  Object.fromEntries(taken.map(({ name, values }) => [name, values]));

export const medianRow = ({ name, values }: Taken, unit: string): Row => ({
  what: name,
  value: median(values),
  unit,
  spread: spreadOf(values),
});

/** Round by round, so that what slows all of a round down is not counted. */
export function ratioRow(what: string, one: Taken, other: Taken): Row {
  const ratios = one.values.map((value, round) => value / (other.values[round] ?? Number.NaN));
  return { what, value: median(ratios), unit: '×', spread: spreadOf(ratios) };
}

/** Ours, in one process, against the best of whom the aim names; no row when one of both has no figures. */
export function aimRows(taken: readonly Taken[], aim: Aim): Row[] {
  const ours = taken.find(({ name }) => name === OURS);
  const best = taken
    .filter(({ family }) => aim.families.includes(family))
    .toSorted((a, b) => median(a.values) - median(b.values))[0];
  if (ours === undefined || best === undefined) return [];
  const { against, bar, stretch } = aim;
  const whom = against === best.name ? against : `${against} (${best.name})`;
  return [{ ...ratioRow(`${ours.name} against ${whom}`, ours, best), bar, stretch }];
}

const spreadOf = (values: readonly number[]): readonly [number, number] => [
  Math.min(...values),
  Math.max(...values),
];

import { describe, expect, test } from 'bun:test';
import type { Family } from './contender.ts';
import { aimRows, type Entrant, type Taken, takeTurns } from './turns.ts';

/** Takes these values, one a round; undefined fails. */
function entrant(family: Family, values: readonly (number | undefined)[], log: string[]): Entrant {
  let round = 0;
  return {
    name: family,
    family,
    prepare: () =>
      Promise.resolve(() => {
        log.push(family);
        const value = values[round++];
        return value === undefined ? Promise.reject(new Error('broke')) : Promise.resolve(value);
      }),
  };
}

describe('rounds', () => {
  test('let everyone take a turn before anyone takes the next', async () => {
    const log: string[] = [];
    const all = [entrant('ours', [1, 2], log), entrant('nginx', [3, 4], log)];
    const { taken, failures } = await takeTurns(all, 2);
    expect(log).toEqual(['ours', 'nginx', 'ours', 'nginx']);
    expect(taken.map(({ values }) => values)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(failures).toEqual([]);
  });

  test('leave out who failed once, with the figures it had, and go on with the others', async () => {
    const log: string[] = [];
    const all = [entrant('ours', [1, undefined, 1], log), entrant('nginx', [3, 4, 5], log)];
    const { taken, failures } = await takeTurns(all, 3);
    expect(taken).toEqual([{ name: 'nginx', family: 'nginx', values: [3, 4, 5] }]);
    expect(failures).toEqual(['ours: broke']);
    expect(log).toEqual(['ours', 'nginx', 'ours', 'nginx', 'nginx']);
  });

  test('leave out who does not start', async () => {
    const failing: Entrant = { name: 'x', family: 'Envoy', prepare: () => Promise.reject('no') };
    const { taken, failures } = await takeTurns([failing, entrant('nginx', [3], [])], 1);
    expect(taken).toHaveLength(1);
    expect(failures).toEqual(['x: no']);
  });
});

describe('an aim', () => {
  const aim = { against: 'the best', families: ['nginx', 'Envoy'], bar: 1, stretch: 0.5 } as const;
  const taken = (name: string, family: Family, values: readonly number[]): Taken => ({
    name,
    family,
    values,
  });

  test('compares ours, in one process, with the best of whom it names, round by round', () => {
    const rows = aimRows(
      [
        taken('ours', 'ours', [1, 4, 3]),
        taken('ours, otherwise', 'ours', [9, 9, 9]),
        taken('nginx', 'nginx', [9, 9, 9]),
        taken('a', 'Envoy', [2, 2, 4]),
        taken('HAProxy', 'HAProxy', [1, 1, 1]),
      ],
      aim,
    );
    const what = 'ours against the best (a)';
    expect(rows).toEqual([
      { what, value: 0.75, unit: '×', spread: [0.5, 2], bar: 1, stretch: 0.5 },
    ]);
  });

  test('has no row when one of the two has no figures', () => {
    expect(aimRows([taken('ours', 'ours', [1])], aim)).toEqual([]);
    const others = [taken('ours, otherwise', 'ours', [1]), taken('nginx', 'nginx', [1])];
    expect(aimRows(others, aim)).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { cpuMicros } from '../cpu-clock.ts';
import { median, type Row } from '../rows.ts';
import type { NodeProcess } from './node-processes.ts';

/** What follows a burst of work is over by then. */
const SETTLING_MS = 10_000;
const BYTES_PER_KIB = 1_024;
const BYTES_PER_MB = 1_000_000;

/** Nobody asks anything of the mesh: what it costs to be there. */
export async function measureRest(
  nodes: readonly NodeProcess[],
  seconds: number,
): Promise<readonly Row[]> {
  await Bun.sleep(SETTLING_MS);
  const before = nodes.map(({ pid }) => cpuMicros([pid]));
  const startedMs = performance.now();
  await Bun.sleep(seconds * 1_000);
  const passedMicros = (performance.now() - startedMs) * 1_000;
  const shares = nodes.map(({ pid }, at) => {
    const micros = cpuMicros([pid]) - (before[at] ?? Number.NaN);
    return (100 * micros) / passedMicros;
  });
  const costs = nodes.map(({ pid, isAuthority }, at) => ({
    kind: isAuthority ? 'authorities' : 'others',
    share: shares[at] ?? Number.NaN,
    ...megabytesOf(pid),
  }));
  return [
    ...rowsOf('processor time at rest', costs, 'share', { unit: '% of a core', bar: 1 }),
    ...rowsOf('resident', costs, 'rss', { unit: 'MB', bar: 120, stretch: 90 }),
    { what: 'proportional, median', value: median(costs.map(({ pss }) => pss)), unit: 'MB' },
  ];
}

interface Cost {
  readonly kind: string;
  /** Of a core, percent. */
  readonly share: number;
  readonly rss: number;
  readonly pss: number;
}

/** Median and most of each kind of node. */
function rowsOf(
  what: string,
  costs: readonly Cost[],
  which: 'share' | 'rss',
  aim: Omit<Row, 'what' | 'value'>,
): readonly Row[] {
  return [...Map.groupBy(costs, ({ kind }) => kind)].flatMap(([kind, ofKind]) => {
    const values = ofKind.map((cost) => cost[which]);
    return [
      { what: `${what}, ${kind}: median`, value: median(values), ...aim },
      { what: `${what}, ${kind}: most`, value: Math.max(...values), ...aim },
    ];
  });
}

/** proc_pid_smaps(5): all that is resident, and the same with what is shared divided by those who share it. */
function megabytesOf(pid: number): { readonly rss: number; readonly pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * BYTES_PER_KIB) /
    BYTES_PER_MB;
  return { rss: read('Rss'), pss: read('Pss') };
}

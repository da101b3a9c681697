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
  const memory = nodes.map(({ pid }) => megabytesOf(pid));
  const percent = { unit: '% of a core', bar: 1 };
  const resident = { unit: 'MB', bar: 120, stretch: 90 };
  return [
    { what: 'processor time at rest, median', value: median(shares), ...percent },
    { what: 'processor time at rest, most', value: Math.max(...shares), ...percent },
    { what: 'resident, median', value: median(memory.map(({ rss }) => rss)), ...resident },
    { what: 'resident, most', value: Math.max(...memory.map(({ rss }) => rss)), ...resident },
    { what: 'proportional, median', value: median(memory.map(({ pss }) => pss)), unit: 'MB' },
  ];
}

/** proc_pid_smaps(5): all that is resident, and the same with what is shared divided by those who share it. */
function megabytesOf(pid: number): { readonly rss: number; readonly pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * BYTES_PER_KIB) /
    BYTES_PER_MB;
  return { rss: read('Rss'), pss: read('Pss') };
}

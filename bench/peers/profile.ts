import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cpuMicros } from '../cpu-clock.ts';
import type { Stage, Wish } from './contender.ts';
import { startOurs } from './ours.ts';

/** What V8 and its followers write (Chrome DevTools Protocol, Profiler.Profile), as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  /** Ids of nodes, one each millisecond in which the thread was in a function. */
  readonly samples: readonly number[];
}

export interface SelfTime {
  readonly where: string;
  /** Of all samples, 0 to 1. */
  readonly share: number;
}

const TOP = 40;
const root = join(import.meta.dir, '../..');

/** Where our pair, in one process, spends its time under a load, as text. */
export async function profileOf(
  stage: Stage,
  wish: Wish,
  load: (port: number) => Promise<number>,
): Promise<string> {
  const directory = join(stage.directory, 'profile');
  mkdirSync(directory);
  const flags = ['--cpu-prof', '--cpu-prof-dir', directory];
  const pair = await startOurs(stage, wish, { sides: 'together', runtimeFlags: flags });
  const [before, kernelBefore] = [cpuMicros(pair.pids), kernelTicks(pair.pids)];
  const units = await load(pair.port);
  const cpu = cpuMicros(pair.pids) - before;
  const kernel = ((kernelTicks(pair.pids) - kernelBefore) * MICROS_PER_TICK) / cpu;
  await pair.stop();
  const [file = ''] = readdirSync(directory);
  // The runtime's own file, written just now.
  const profile = JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile;
  return [
    `${(cpu / units).toFixed(1)} µs of CPU for each of ${units}, ${(100 * kernel).toFixed(0)} % of it in the kernel, under the profiler.`,
    'Samples by function, its own time only; a native one (write) has encryption and the kernel in it, and the event loop between functions is nowhere:',
    ...selfTimes(profile)
      .slice(0, TOP)
      .map(({ where, share }) => `${(100 * share).toFixed(1).padStart(5)} %  ${where}`),
  ].join('\n');
}

/** Fields of proc_pid_stat(5) after the name, which may have spaces in it. */
const STIME_AT = 12;
/** sysconf(_SC_CLK_TCK) is 100 on every Linux that Bun runs on. */
const MICROS_PER_TICK = 10_000;

const kernelTicks = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + Number(fields[STIME_AT]);
  }, 0);

/** By function, the longest first. */
export function selfTimes({ nodes, samples }: CpuProfile): SelfTime[] {
  const places = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.startsWith(`file://${root}/`) ? relative(root, url.slice(7)) : url;
      const place = file === '' ? '(native)' : `${file}:${lineNumber + 1}`;
      return [id, `${functionName || '(anonymous)'} ${place}`];
    }),
  );
  const counts = new Map<string, number>();
  for (const id of samples) {
    const where = places.get(id) ?? '(unknown)';
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts]
    .map(([where, count]) => ({ where, share: count / samples.length }))
    .toSorted((a, b) => b.share - a.share);
}

import { writeFileSync } from 'node:fs';
import { ifThere, listProcessFiles, readProcessFile, readProcessLink } from './process-files.ts';

/** What a process occupies in memory, now and at its highest since {@link resetPeakMemory}. */
export interface ProcessMemory {
  readonly residentBytes: number;
  readonly peakBytes: number;
}

const KIB = 1_024;

/** proc_pid_status(5): VmRSS and VmHWM. Undefined when the process is gone. */
export function memoryOf(pid: number): ProcessMemory | undefined {
  const status = readProcessFile(`${pid}/status`);
  const read = (field: string): number | undefined => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status ?? '');
    return match?.[1] === undefined ? undefined : Number(match[1]) * KIB;
  };
  const residentBytes = read('VmRSS');
  const peakBytes = read('VmHWM');
  if (residentBytes === undefined || peakBytes === undefined) return undefined;
  return { residentBytes, peakBytes };
}

/** Sets the peak of {@link memoryOf} to what is resident now (proc_pid_clear_refs(5), value 5). */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The processes below `pid`, nearest first, with the arguments that each was started with. */
export function descendantsOf(pid: number): { pid: number; args: readonly string[] }[] {
  return processesBelow(pid).map((child) => ({
    pid: child,
    args: readProcessFile(`${child}/cmdline`)?.split('\0').slice(0, -1) ?? [],
  }));
}

/** The processes below `pid`, each before those below it. */
export function processesBelow(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...processesBelow(child)]);
}

/** proc_pid_stat(5), field 4; the name in field 2 may hold anything, so fields count from its end. */
export function parentOf(pid: number): number | undefined {
  const stat = readProcessFile(`${pid}/stat`);
  const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return parent > 0 ? parent : undefined;
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) =>
    (readProcessFile(`${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

/** Do two processes run the same program for the same user? No, if that cannot be seen. */
export function areAlike(a: number, b: number): boolean {
  const [one, other] = [a, b].map((pid) => {
    const program = readProcessLink(`${pid}/exe`);
    const user = /^Uid:\s+(\d+)/m.exec(readProcessFile(`${pid}/status`) ?? '')?.[1];
    return program === undefined || user === undefined ? undefined : `${user} ${program}`;
  });
  return one !== undefined && one === other;
}

/** All processes of this user that were started with `name=value` in their environment. */
export function processesWith(name: string, value: string): number[] {
  const mark = `${name}=${value}`;
  return listProcessFiles('')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => readProcessFile(`${pid}/environ`)?.split('\0').includes(mark) === true);
}

const threadsOf = (pid: number): readonly string[] => listProcessFiles(`${pid}/task`);

/** Kills a process at once; one that is gone already is fine. */
export function killProcess(pid: number): void {
  ifThere(() => process.kill(pid, 'SIGKILL'));
}

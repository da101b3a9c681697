import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/** What a process occupies in memory, now and at its highest since {@link resetPeakMemory}. */
export interface ProcessMemory {
  readonly residentBytes: number;
  readonly peakBytes: number;
}

const KIB = 1_024;

/** proc_pid_status(5): VmRSS and VmHWM. Undefined when the process is gone. */
export function memoryOf(pid: number): ProcessMemory | undefined {
  const status = readProcess(pid, 'status');
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
  return childrenOf(pid).flatMap((child) => [
    { pid: child, args: readProcess(child, 'cmdline')?.split('\0').slice(0, -1) ?? [] },
    ...descendantsOf(child),
  ]);
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) =>
    (readProcess(pid, `task/${thread}/children`) ?? '')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

/** All processes of this user that were started with `name=value` in their environment. */
export function processesWith(name: string, value: string): number[] {
  const mark = `${name}=${value}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => readProcess(pid, 'environ')?.split('\0').includes(mark) === true);
}

function threadsOf(pid: number): string[] {
  return ifThere(() => readdirSync(`/proc/${pid}/task`)) ?? [];
}

function readProcess(pid: number, file: string): string | undefined {
  return ifThere(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
}

/** A process may end while it is looked at, and may be another user's: then it has no facts. */
const ABSENT = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (ABSENT.has(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Kills a process at once; one that is gone already is fine. */
export function killProcess(pid: number): void {
  ifThere(() => process.kill(pid, 'SIGKILL'));
}

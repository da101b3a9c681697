import { dlopen, FFIType, ptr } from 'bun:ffi';
import { descendantsOf } from '../src/platform/index.ts';

const { symbols: libc } = dlopen('libc.so.6', {
  clock_getcpuclockid: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
});

/**
 * Microseconds that processes and all below them have had on processors, by the scheduler's own count
 * in nanoseconds (clock_getcpuclockid(3)): threads that ended are in it, which a sum over
 * `/proc/PID/task` loses, and `/proc/PID/stat` counts steps of 10 ms.
 */
export function cpuMicros(pids: readonly number[]): number {
  const all = pids.flatMap((pid) => [pid, ...descendantsOf(pid).map((below) => below.pid)]);
  return all.reduce((sum, pid) => sum + ownMicros(pid), 0);
}

function ownMicros(pid: number): number {
  const clock = new Int32Array(1);
  if (libc.clock_getcpuclockid(pid, ptr(clock)) !== 0) throw new Error(`no process ${pid}`);
  return readMicros(clock[0] ?? 0, `process ${pid} ended`);
}

const CLOCK_THREAD_CPUTIME_ID = 3; // clock_gettime(2)

/** Microseconds that the asking thread alone has had: how long work holds a loop, whoever else is busy. */
export const threadMicros = (): number => readMicros(CLOCK_THREAD_CPUTIME_ID, 'no thread has time');

function readMicros(clock: number, problem: string): number {
  const time = new BigInt64Array(2);
  if (libc.clock_gettime(clock, ptr(time)) !== 0) throw new Error(problem);
  return Number(time[0]) * 1e6 + Number(time[1]) / 1e3;
}

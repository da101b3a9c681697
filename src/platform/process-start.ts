import type { EpochMs } from '../ports/index.ts';
import { readProcessFile } from './process-files.ts';

/** USER_HZ (times(7)) is 100 wherever this program runs; `/proc/uptime` counts in the same steps. */
const TICK_MS = 10;
const SECOND_MS = 1_000;

/**
 * When a process was started, in milliseconds since 1970 by this host's clock as it is set now. Never later
 * than it really was, and earlier by a few hundredths of a second at most: what has to be younger than
 * something does not become so by rounding. A program that is executed later does not make it younger.
 * Undefined when the process is gone.
 */
export function startedAtMs(pid: number): EpochMs | undefined {
  const ticks = startTicksOf(pid);
  return ticks === undefined ? undefined : bootedAtMs() + Number(ticks) * TICK_MS;
}

/**
 * Ticks from the host's start to the process's: proc_pid_stat(5), field 22. The name in field 2 may hold
 * anything, so fields count from its end.
 */
export function startTicksOf(pid: number): string | undefined {
  const stat = readProcessFile(`${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** A step early, for what proc_uptime(5) cuts off; `btime` of proc_stat(5) would cut off a whole second. */
function bootedAtMs(): EpochMs {
  const now = Date.now(); // before the other clock is read: a delay between the two makes it earlier
  const [uptime] = (readProcessFile('uptime') ?? '').split(' ');
  return now - Math.round(Number(uptime) * SECOND_MS) - TICK_MS;
}

import { availableParallelism, userInfo } from 'node:os';
import { systemErrorCode } from './system-error.ts';

/** The process that runs us, read once at the composition root and handed down as values. */
export interface HostProcess {
  readonly pid: number;
  /** Numeric user id. */
  readonly uid: number;
  readonly directory: string;
  /** What was typed after the program's name. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function hostProcess(): HostProcess {
  return {
    pid: process.pid,
    uid: process.getuid?.() ?? userInfo().uid,
    directory: process.cwd(),
    args: process.argv.slice(2),
    environment: process.env,
  };
}

/** How many processors this process may use. */
export const processorCount = (): number => availableParallelism();

/**
 * Ends the process with `code`, whatever still keeps it alive, once all that was written to its
 * streams has arrived: `process.exit` alone cuts off what a slow reader did not take yet.
 */
export function exitAfterOutput(code: number): void {
  process.stdout.end(() => {
    process.stderr.end(() => process.exit(code));
  });
}

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once, as a shell would say it. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: 'SIGINT' | 'SIGTERM', number: number) => () => {
    if (controller.signal.aborted) process.exit(128 + number);
    controller.abort(name);
  };
  process.on('SIGINT', stop('SIGINT', 2));
  process.on('SIGTERM', stop('SIGTERM', 15));
  return controller.signal;
}

/** Is there a process with this id? One of another user counts. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/**
 * Hands rejections that nobody waited for to `told` instead of ending the process: one conversation that
 * went wrong must not take a whole node, or a workload's traffic, down.
 */
export function onUnhandledRejection(told: (reason: unknown) => void): void {
  process.on('unhandledRejection', told);
}

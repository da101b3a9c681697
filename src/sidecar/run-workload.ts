import { type AttachedChild, onSignals, startAttachedChild } from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { EndingSignals } from './ending-signals.ts';
import type { SidecarOptions } from './options.ts';
import { SidecarSupervisor } from './sidecar-supervisor.ts';

export interface RunOptions extends SidecarOptions {
  /** The application: program and arguments. */
  readonly command: readonly string[];
  /** Whether Ctrl-C at the terminal reaches the application without us. */
  readonly interactive: boolean;
  /** Shows a line to the person who waits. */
  readonly say: (line: string) => void;
}

/** Said at a terminal: the end of one that serves takes a while. */
const FAREWELL = 'callers are told that it ends, and what is open finishes; Ctrl-C ends at once';

/**
 * Runs an application behind its own sidecar: the application starts only when the sidecar can serve,
 * the sidecar outlives the application's last request, and the exit code is the application's.
 *
 * @throws SidecarError WORKLOAD_REFUSED, SIDECAR_ENDED; PlatformError PROGRAM_NOT_STARTED
 */
export async function runWorkload(options: RunOptions, log: Log): Promise<number> {
  const supervisor = new SidecarSupervisor(options, log);
  const releaseUpgrade = onSignals(['SIGUSR2'], () => void supervisor.upgrade());
  await supervisor.start();
  const { interactive } = options;
  const endAtOnce = () => supervisor.endAtOnce();
  const signals = new EndingSignals({ interactive, endAtOnce });
  const release = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => signals.take(signal));
  const application = await startApplication(options.command, supervisor);
  signals.applicationStarted(application);
  const code = await application.exited;
  signals.applicationEnded(code);
  if (interactive && options.port !== undefined) options.say(FAREWELL);
  await supervisor.applicationEnded();
  release();
  releaseUpgrade();
  return code;
}

async function startApplication(
  command: readonly string[],
  supervisor: SidecarSupervisor,
): Promise<AttachedChild> {
  try {
    return startAttachedChild(command, { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' });
  } catch (error) {
    await supervisor.applicationEnded(); // there never was one
    throw error;
  }
}

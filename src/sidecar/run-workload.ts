import {
  type AttachedChild,
  hostProcess,
  onSignals,
  realClock,
  signalExitCode,
  startAttachedChild,
} from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { EndingSignals } from './ending-signals.ts';
import { SidecarError } from './errors.ts';
import { ENDING_SIGNALS, type FirstSignal, firstSignal } from './first-signal.ts';
import { Isolation } from './isolation/index.ts';
import type { SidecarOptions } from './options.ts';
import { SidecarSupervisor } from './sidecar-supervisor.ts';
import type { Names } from './supervision.ts';
import { workloadEnvironment } from './workload-environment.ts';

export interface RunOptions extends SidecarOptions {
  /** The application: program and arguments. */
  readonly command: readonly string[];
  /** Whether Ctrl-C at the terminal reaches the application without us. */
  readonly interactive: boolean;
  /** Whether the application runs in a network namespace of its own, where it meets its sidecar only. */
  readonly isolate: boolean;
  /** Shows a line to the person who waits. */
  readonly say: (line: string) => void;
}

/** How long an application has to end by itself whose identity is revoked, milliseconds. */
const REVOKED_GRACE_MS = 5_000;

/** Said at a terminal: the end of one that serves takes a while. */
const FAREWELL = 'callers are told that it ends, and what is open finishes; Ctrl-C ends at once';

/**
 * Runs an application behind its own sidecar: the application starts only when the sidecar can serve,
 * the sidecar outlives the application's last request, and the exit code is the application's. When what it is in
 * the mesh is revoked, it ends as well: whoever holds the identity may have come by way of it.
 *
 * @throws SidecarError WORKLOAD_REFUSED, WORKLOAD_REVOKED, SIDECAR_ENDED; PlatformError PROGRAM_NOT_STARTED; where it is isolated
 * ROOT_NEEDED, TOOL_MISSING, TOOL_FAILED
 */
export async function runWorkload(options: RunOptions, log: Log): Promise<number> {
  const early = firstSignal();
  try {
    if (!options.isolate) return await runBesideSidecar(options, startHere, early, log);
    return await runIsolated(options, early, log);
  } finally {
    early.release();
  }
}

async function runIsolated(options: RunOptions, early: FirstSignal, log: Log): Promise<number> {
  const { port } = options.captureOutbound ?? {};
  const isolation = await Isolation.begin(port === undefined ? {} : { capture: port }, log);
  const startInside: StartProgram = (...program) => isolation.start(...program);
  try {
    const inside = { ...options, netns: isolation.name };
    return await runBesideSidecar(inside, startInside, early, log);
  } finally {
    await isolation.end();
  }
}

type StartProgram = (
  command: readonly string[],
  names: Names,
  environment: Readonly<Record<string, string>>,
) => AttachedChild;

const startHere: StartProgram = (command, _, environment) =>
  startAttachedChild(command, {
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
    environment,
  });

async function runBesideSidecar(
  options: RunOptions,
  start: StartProgram,
  early: FirstSignal,
  log: Log,
): Promise<number> {
  const supervisor = new SidecarSupervisor(options, log);
  const releaseUpgrade = onSignals(['SIGUSR2'], () => void supervisor.upgrade());
  const interruption = await Promise.race([early.came, supervisor.start()]);
  const { interactive } = options;
  const endAtOnce = () => supervisor.endAtOnce();
  if (interruption !== undefined) {
    endAtOnce();
    return signalExitCode(interruption);
  }
  const signals = new EndingSignals({ interactive, endAtOnce });
  const release = onSignals(ENDING_SIGNALS, (signal) => signals.take(signal));
  early.release();
  const environment = workloadEnvironment(options.socket, hostProcess().environment);
  const application = await startApplication(
    () => start(options.command, supervisor.names, environment),
    supervisor,
  );
  signals.applicationStarted(application);
  const end = await Promise.race([application.exited, supervisor.revoked]);
  const code = end instanceof SidecarError ? await endRevoked(application) : end;
  signals.applicationEnded(code);
  if (end instanceof SidecarError) endAtOnce();
  else if (interactive && options.port !== undefined) options.say(FAREWELL);
  await supervisor.applicationEnded();
  release();
  releaseUpgrade();
  if (end instanceof SidecarError) throw end;
  return code;
}

/** An honest application may close what it has open; one that was broken into does not choose to stay. */
async function endRevoked(application: AttachedChild): Promise<number> {
  application.kill('SIGTERM');
  const patience = realClock.after(REVOKED_GRACE_MS, () => application.kill('SIGKILL'));
  return await application.exited.finally(() => patience.cancel());
}

async function startApplication(
  start: () => AttachedChild,
  supervisor: SidecarSupervisor,
): Promise<AttachedChild> {
  try {
    return start();
  } catch (error) {
    await supervisor.applicationEnded(); // there never was one
    throw error;
  }
}

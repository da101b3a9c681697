import { closeSync, openSync } from 'node:fs';

export interface ChildOptions {
  readonly command: readonly string[];
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
}

/** How a process ended: its exit code, or the signal that ended it. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A signal that the runtime has no name for comes as its number. */
const endOf = (child: {
  readonly exitCode: number | null;
  readonly signalCode: string | number | null;
}): ChildEnd => ({
  code: child.exitCode,
  signal: child.signalCode === null ? null : String(child.signalCode),
});

export interface Child {
  readonly pid: number;
  readonly exited: Promise<ChildEnd>;
  /** How it ended, as soon as it has. */
  ended(): ChildEnd | undefined;
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGSTOP' | 'SIGCONT'): void;
}

/**
 * Starts a long-lived process in a process group of its own, so that a Ctrl-C at the terminal
 * reaches only its parent, which ends it in order. Both of its output streams are appended to
 * `logPath`; it reads nothing.
 */
export function startChild(options: ChildOptions & { readonly logPath: string }): Child {
  const log = openSync(options.logPath, 'a', 0o600);
  try {
    const child = Bun.spawn([...options.command], {
      cwd: options.directory,
      env: options.environment,
      stdio: ['ignore', log, log],
      detached: true,
    });
    return {
      pid: child.pid,
      exited: child.exited.then(() => endOf(child)),
      ended: () =>
        child.exitCode === null && child.signalCode === null ? undefined : endOf(child),
      kill: (signal) => child.kill(signal),
    };
  } finally {
    closeSync(log); // the child has its own descriptors
  }
}

export interface CommandResult extends ChildEnd {
  readonly output: string;
  readonly errorOutput: string;
}

/** Runs a process to its end, or kills it after `timeoutMs`, and returns what it wrote. */
export async function runCommand(
  options: ChildOptions & { readonly timeoutMs: number },
): Promise<CommandResult> {
  const child = Bun.spawn([...options.command], {
    cwd: options.directory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  const [output, errorOutput] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { ...endOf(child), output, errorOutput };
}

/** Where the program `name` is on this process's PATH, as that is now; or undefined. */
export const findProgram = (name: string): string | undefined =>
  Bun.which(name, { PATH: process.env.PATH ?? '' }) ?? undefined;

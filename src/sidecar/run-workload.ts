import { formatDuration } from '../core/index.ts';
import {
  type AttachedChild,
  onSignals,
  realClock,
  selfCommand,
  startAttachedChild,
} from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { EndingSignals } from './ending-signals.ts';
import { SidecarError } from './errors.ts';
import type { SidecarOptions } from './options.ts';
import { encodeNotice, errorOf, parseSidecarNotice } from './supervision.ts';

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

/** Wait before a sidecar that died is started again, milliseconds: the first time, and the longest. */
const RESTART_DELAY_MS = { first: 500, longest: 10_000 } as const;

/**
 * Runs an application behind its own sidecar: the application starts only when the sidecar can serve,
 * the sidecar outlives the application's last request, and the exit code is the application's.
 *
 * @throws SidecarError WORKLOAD_REFUSED, SIDECAR_ENDED; PlatformError PROGRAM_NOT_STARTED
 */
export async function runWorkload(options: RunOptions, log: Log): Promise<number> {
  const supervisor = new SidecarSupervisor(options, log);
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

/** Keeps one sidecar alive beside an application. */
class SidecarSupervisor {
  readonly #options: SidecarOptions;
  readonly #log: Log;
  #child: AttachedChild | undefined;
  #hasServed = false;
  #ending = false;
  #restarts = 0;

  constructor(options: SidecarOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** Resolves when the sidecar can serve; from then on one that dies is started again. */
  start(): Promise<void> {
    const started = Promise.withResolvers<void>();
    const child = startAttachedChild(
      [...selfCommand(), 'sidecar', ...sidecarFlags(this.#options)],
      {
        stdin: 'pipe',
        stderr: 'inherit',
        stdout: (line) => {
          const notice = parseSidecarNotice(line);
          if (notice?.event === 'ready') {
            this.#hasServed = true;
            this.#restarts = 0;
            started.resolve();
          }
          if (notice?.event === 'refused') started.reject(errorOf(notice));
        },
      },
    );
    this.#child = child;
    void child.exited.then((code) => {
      started.reject(new SidecarError('SIDECAR_ENDED', `the sidecar ended with code ${code}`));
      if (this.#hasServed && !this.#ending) this.#restartLater(code);
    });
    return started.promise;
  }

  /** Tells the sidecar, and waits until it has finished what was open. */
  async applicationEnded(): Promise<void> {
    this.#ending = true;
    this.#child?.write(encodeNotice({ event: 'application-ended' }));
    await this.#child?.exited;
  }

  /** Without a word to anybody: the node sees the connection end, and withdraws what is still announced. */
  endAtOnce(): void {
    this.#ending = true;
    this.#child?.kill('SIGKILL');
  }

  #restartLater(code: number): void {
    const { first, longest } = RESTART_DELAY_MS;
    const delayMs = Math.min(first * 2 ** this.#restarts, longest);
    this.#restarts += 1;
    this.#log.error('sidecar ended, starting it again', { code, delayMs });
    realClock.after(delayMs, () => {
      if (this.#ending) return;
      this.start().catch((error: unknown) => {
        if (!this.#ending) this.#log.error('sidecar did not start again', { error });
      });
    });
  }
}

/** The command line of a sidecar that does what `options` say. */
export function sidecarFlags(options: SidecarOptions): string[] {
  const flag = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${name}`, String(value)];
  return [
    '--supervised',
    ...flag('socket', options.socket),
    ...flag('namespace', options.namespace),
    ...flag('service', options.service),
    ...flag('port', options.port),
    ...flag('host', options.host),
    ...options.upstreams.flatMap(({ service, port }) => flag('upstream', `${service}=${port}`)),
    ...Object.entries(options.labels).flatMap(([key, value]) => flag('label', `${key}=${value}`)),
    ...flag('inbound-port', options.inboundPort),
    ...flag('advertise-port', options.advertisePort),
    ...flag('workers', options.workers),
    ...flag('drain', formatDuration(options.drainMs)),
    ...flag('log-level', options.logLevel),
  ];
}

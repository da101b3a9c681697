import { PlatformError } from './errors.ts';
import { systemErrorCode } from './system-error.ts';

/** A process that shares this one's terminal and process group, or speaks with it by lines. */
export interface AttachedChild {
  readonly pid: number;
  /**
   * Resolves when it ended and its lines were read, with its exit code; 128 + the signal's number
   * when a signal ended it, as shells say it.
   */
  readonly exited: Promise<number>;
  kill(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGHUP'): void;
  /** Writes to its standard input (only with `stdin: 'pipe'`); what one that has ended is told is lost. */
  write(text: string): void;
}

export interface AttachedChildOptions {
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** `none`: no input; `inherit`: this process's own; `pipe`: see {@link AttachedChild.write}. */
  readonly stdin: 'none' | 'inherit' | 'pipe';
  /** `inherit`, a file that is made anew, or a function that is called with each line. */
  readonly stdout: 'inherit' | { readonly file: string } | ((line: string) => void);
  readonly stderr: 'inherit' | { readonly file: string };
}

/** Longest line that is handed on; the rest of a longer one is cut off. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/**
 * Starts a program, without a shell.
 *
 * @throws PlatformError PROGRAM_NOT_STARTED when there is no such program, or it may not be run
 */
export function startAttachedChild(
  command: readonly string[],
  options: AttachedChildOptions,
): AttachedChild {
  const { stdout, stderr, stdin } = options;
  let process_: Bun.Subprocess<'ignore' | 'inherit' | 'pipe', 'inherit' | 'pipe' | Bun.BunFile>;
  try {
    process_ = Bun.spawn([...command], {
      stdin: stdin === 'none' ? 'ignore' : stdin,
      stdout: typeof stdout === 'function' ? 'pipe' : streamTarget(stdout),
      stderr: streamTarget(stderr),
      env: { ...process.env, ...options.environment },
    });
  } catch (cause) {
    throw new PlatformError('PROGRAM_NOT_STARTED', `'${command[0]}' cannot be started`, { cause });
  }
  const output =
    typeof stdout === 'function' && process_.stdout instanceof ReadableStream
      ? readLines(process_.stdout, stdout)
      : undefined;
  const input = process_.stdin;
  return {
    pid: process_.pid,
    exited: Promise.all([process_.exited, output]).then(([code]) => code),
    kill: (signal) => process_.kill(signal),
    write(text) {
      if (typeof input !== 'object') return;
      try {
        input.write(text);
        input.flush();
      } catch (error) {
        if (systemErrorCode(error) !== 'EPIPE') throw error; // its end is told by `exited`
      }
    },
  };
}

const streamTarget = (target: 'inherit' | { readonly file: string }) =>
  target === 'inherit' ? ('inherit' as const) : Bun.file(target.file);

/** Calls `each` with every line of this process's standard input, then `ended` once. */
export function onInputLines(each: (line: string) => void, ended: () => void): void {
  void readLines(Bun.stdin.stream(), each).then(ended);
}

async function readLines(stream: ReadableStream<Uint8Array>, each: (line: string) => void) {
  const decoder = new TextDecoder();
  let held = '';
  for await (const chunk of stream) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split('\n');
    held = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
    for (const line of lines) each(line);
  }
  if (held !== '') each(held);
}

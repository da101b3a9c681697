import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../src/ports/testing/index.ts';

const READY_LIMIT_MS = 10_000;
/** Of what a program said last, in the message about its failure. */
const LAST_WORDS_CHARACTERS = 600;

export interface Serving {
  readonly pid: number;
  /** @throws Error with its last words when it has ended */
  assertRunning(): void;
  stop(): Promise<void>;
}

/**
 * What a benchmark starts. All of it is ended by its id, and by the kernel should this process be
 * killed itself (setpriv(1), PR_SET_PDEATHSIG).
 */
export class Processes {
  readonly #directory: string;
  readonly #running = new Set<Bun.Subprocess>();
  #started = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts a program that stays, and waits until it accepts connections on all of `ports`, or says its first words. */
  async serve(command: readonly string[], until: readonly number[] | 'output'): Promise<Serving> {
    const { child, logPath } = this.#start(command);
    const isReady = until === 'output' ? firstOutput(child) : Promise.all(until.map(accepting));
    const ended = child.exited.then(() => failure(command, child, logPath));
    const error = await Promise.race([ended, isReady.then(() => undefined)]);
    if (error !== undefined) throw error;
    return {
      pid: child.pid,
      assertRunning() {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw failure(command, child, logPath);
        }
      },
      async stop() {
        child.kill('SIGKILL');
        await child.exited;
      },
    };
  }

  /** Runs a program to its end and returns what it wrote to its standard output. */
  async output(command: readonly string[]): Promise<string> {
    const { child, logPath } = this.#start(command);
    const [text] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (child.exitCode !== 0) throw failure(command, child, logPath);
    return text;
  }

  /** Ends what still runs, and resolves when all of it has ended. */
  async stop(): Promise<void> {
    const running = [...this.#running];
    this.kill();
    await Promise.all(running.map((child) => child.exited));
  }

  /** The same without waiting, for the end of this process. */
  kill(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  #start(command: readonly string[]) {
    const logPath = join(this.#directory, `process-${this.#started++}.log`);
    const child = Bun.spawn(['setpriv', '--pdeathsig', 'KILL', '--', ...command], {
      cwd: this.#directory,
      env: process.env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: Bun.file(logPath),
    });
    this.#running.add(child);
    void child.exited.then(() => this.#running.delete(child));
    return { child, logPath };
  }
}

function failure(command: readonly string[], child: Bun.Subprocess, logPath: string): Error {
  const said = readFileSync(logPath, 'utf8').trim().slice(-LAST_WORDS_CHARACTERS);
  const how = child.signalCode ?? `code ${child.exitCode}`;
  return new Error(`${command[0]} ended with ${how}: ${said}`);
}

/** Resolves with the first words, never when it ends without any. */
async function firstOutput(child: Bun.Subprocess<'ignore', 'pipe', Bun.BunFile>): Promise<void> {
  for await (const _words of child.stdout) return;
  await new Promise(() => undefined);
}

async function accepting(port: number): Promise<void> {
  let accepted = false;
  const attempt = (): void => {
    const socket = { data: () => undefined, open: close, connectError: () => undefined };
    void Bun.connect({ hostname: '127.0.0.1', port, socket }).catch(() => undefined);
  };
  const close = (socket: Bun.Socket): void => {
    accepted = true;
    socket.terminate();
  };
  const look = (): boolean => {
    if (!accepted) attempt();
    return accepted;
  };
  await eventually(`a listener on port ${port}`, look, READY_LIMIT_MS);
}

/** The range below the ports that outgoing connections take. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;
let next = Math.floor(Math.random() * PORT_COUNT);

/** A port on which nothing listens now. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + (next++ % PORT_COUNT);
    try {
      Bun.listen({ hostname: '127.0.0.1', port, socket: { data: () => undefined } }).stop(true);
      return port;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
}

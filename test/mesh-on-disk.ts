import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AdminService, createAdminClient } from '../src/admin/index.ts';
import { realClock, unixFetch } from '../src/platform/index.ts';
import { LoopbackBlock } from './loopback-block.ts';

const program = resolve(import.meta.dir, '../bin/selvage');
const COMMAND_LIMIT_MS = 60_000;

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** A process that stays, and all that it has written so far. */
export interface Running {
  readonly pid: number;
  written(): string;
  /** Resolves when it has written `text`. */
  says(text: string): Promise<void>;
  /** Ends it as Ctrl-C does; its exit code. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number>;
}

/** Real processes of the command line in one fresh directory, on ports that are free. */
export class MeshOnDisk {
  readonly directory = mkdtempSync(join(tmpdir(), 'selvage-mesh-'));
  /** What else its processes find in theirs. */
  readonly environment: Record<string, string> = {};
  /** Of all that was started, also of what has ended. */
  readonly pids: number[] = [];
  readonly #running: Running[] = [];
  #block: LoopbackBlock | undefined;
  readonly #program: readonly string[];

  /** `namespace`: the network namespace, by its name, in which they all run. */
  constructor(namespace?: string) {
    const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    this.#program = [...inside, program];
    mkdirSync(this.path('run'), { mode: 0o700 });
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** An address for a node, of this mesh alone: also the port for names is free there. */
  host(number: number): string {
    this.#block ??= new LoopbackBlock();
    return this.#block.host(number);
  }

  /** What the node of this directory says, without a process for each question. */
  admin(name: string): AdminService {
    const socket = this.path(name, 'admin.sock');
    return createAdminClient((request) => unixFetch(socket, request), realClock);
  }

  /** Runs `selvage ARGS` to its end. */
  async run(...args: readonly string[]): Promise<Outcome> {
    const child = this.#spawn(args);
    const tooLong = setTimeout(() => child.kill('SIGKILL'), COMMAND_LIMIT_MS);
    const [out, errors, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    clearTimeout(tooLong);
    return { code, out, errors };
  }

  /** The same, for what must succeed. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, out, errors } = await this.run(...args);
    if (code !== 0) throw new Error(`selvage ${args.join(' ')} ended with ${code}:\n${errors}`);
    return out;
  }

  start(...args: readonly string[]): Running {
    const child = this.#spawn(args);
    let written = '';
    let wake = Promise.withResolvers<void>();
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream) {
        written += new TextDecoder().decode(chunk);
        wake.resolve();
        wake = Promise.withResolvers();
      }
    };
    const ended = Promise.all([collect(child.stdout), collect(child.stderr)]).then(() => 'ended');
    const running: Running = {
      pid: child.pid,
      written: () => written,
      async says(text) {
        while (!written.includes(text)) {
          const how = await Promise.race([wake.promise, ended]);
          if (how === 'ended' && !written.includes(text)) {
            throw new Error(`selvage ${args.join(' ')} ended without '${text}':\n${written}`);
          }
        }
      },
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        return await child.exited;
      },
    };
    this.#running.push(running);
    return running;
  }

  /** A node on `address`, that serves when the promise resolves. */
  async startNode(name: string, address: string, ...flags: readonly string[]): Promise<Running> {
    const node = this.start(
      'node',
      '--data',
      this.path(name),
      '--listen',
      address,
      ...PORTS,
      ...flags,
    );
    await node.says('"node started"');
    return node;
  }

  /** Ends all that runs, and leaves nothing behind. */
  async close(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.stop()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  #spawn(args: readonly string[]) {
    const { PATH = '', HOME = this.directory } = process.env;
    const child = Bun.spawn([...this.#program, ...args], {
      cwd: this.directory,
      env: { PATH, HOME, SELVAGE_RUNTIME_DIR: this.path('run'), ...this.environment },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    this.pids.push(child.pid);
    return child;
  }
}

/** Any free ones; a flag that stands behind them wins. */
export const PORTS = ['--peers-port', '0', '--join-port', '0', '--metrics-port', '0'] as const;

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, runCommand, startChild } from '../../src/platform/index.ts';

/** As in the unit file of docs/guides/operations.md; `bin/selvage` says it too. */
const NODE_ENVIRONMENT = {
  MIMALLOC_PURGE_HOLES_MIN_INTERVAL: '5000',
  BUN_JSC_thresholdForJITAfterWarmUp: '2000',
  BUN_JSC_thresholdForOptimizeAfterWarmUp: '20000',
};
const TRUST_DOMAIN = 'bench.example';
/** How a person starts it from a clone. */
const PROGRAM = join(import.meta.dir, '..', '..', 'bin', 'selvage');
/** Two identities that any process of this user may have, a service and a policy. */
const RESOURCES = join(import.meta.dir, '..', '..', 'examples', 'hello');
const COMMAND_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 60_000;
/** As many start at one time: a node's start takes most of a second of processor time. */
const WAVE = 3;
const LOOK_EVERY_MS = 50;
/** Local ports of the sidecars, one after the other. */
const UPSTREAM_PORT = 21_000;

export interface NodeProcess {
  readonly name: string;
  readonly pid: number;
  readonly dataDirectory: string;
  /** It founded the mesh, and signs for the others. */
  readonly isAuthority: boolean;
}

/**
 * A fresh mesh of real node processes, in a directory of its own, each on a loopback address of its own, so that all
 * have the ports that a person would expect.
 */
export class NodeProcesses {
  readonly #directory = mkdtempSync(join(tmpdir(), 'selvage-nodes-'));
  readonly #program: string;
  readonly #network: string;
  readonly #children: Child[] = [];
  readonly #nodes = new Map<string, Child>();

  /** `network`: the first three numbers of the nodes' addresses. */
  constructor(program = PROGRAM, network = '127.0.76') {
    this.#program = program;
    this.#network = network;
    mkdirSync(this.#path('run'), { mode: 0o700 });
  }

  /** Founds the mesh, lets `count` nodes join and starts them; all serve when the promise resolves. */
  async start(count: number): Promise<readonly NodeProcess[]> {
    const key = this.governorKey;
    const first = ['--data', this.#path('n1')];
    const mesh = ['--trust-domain', TRUST_DOMAIN, '--governor-key', key, '--no-passphrase'];
    await this.run('init', ...mesh, ...first, '--name', 'n1');
    const nodes = [await this.#startNode(1)];
    await this.run('apply', '-f', RESOURCES, '--key', key, ...first, '--yes');
    for (let started = 1; started < count; started += WAVE) {
      const wave = Array.from(
        { length: Math.min(WAVE, count - started) },
        (_, i) => started + 1 + i,
      );
      nodes.push(...(await Promise.all(wave.map((number) => this.joinAndStart(number)))));
    }
    return nodes;
  }

  /** Starts a sidecar that only calls, waits until it decides by what is in force, and returns its process. */
  async startSidecar({ name, dataDirectory }: NodeProcess): Promise<number> {
    const logPath = this.#path(`${name}-sidecar.log`);
    const socket = join(dataDirectory, 'workload.sock');
    const workload = [
      '--service',
      'client',
      '--upstream',
      `web=${UPSTREAM_PORT + this.#children.length}`,
    ];
    const child = startChild({
      ...this.#surroundings,
      command: [this.#program, 'sidecar', '--socket', socket, ...workload, '--log-level', 'debug'],
      logPath,
    });
    await this.#started(child, `the sidecar of ${name}`, logPath, '"snapshot in use"');
    return child.pid;
  }

  /**
   * Starts an application on a node, a program of {@link process.execPath}, as the service `web` behind a sidecar;
   * gives its process.
   */
  async startWeb(
    { name, dataDirectory }: NodeProcess,
    port: number,
    program: string,
  ): Promise<Child> {
    const logPath = this.logOf(`${name}-web`);
    rmSync(logPath, { force: true }); // of one that ended
    const socket = join(dataDirectory, 'workload.sock');
    const serve = ['--service', 'web', '--port', String(port), '--log-level', 'info'];
    const command = [this.#program, 'run', '--socket', socket, ...serve];
    const child = startChild({
      ...this.#surroundings,
      command: [...command, '--', process.execPath, '-e', program],
      logPath,
    });
    await this.#started(child, `web on ${name}`, logPath, '"application listening"');
    return child;
  }

  /** Starts a sidecar that only calls, with its own port for `web`; it serves when the promise resolves. */
  async startClient({ name, dataDirectory }: NodeProcess, port: number): Promise<void> {
    const logPath = this.logOf(`${name}-client`);
    const socket = join(dataDirectory, 'workload.sock');
    const workload = ['--service', 'client', '--upstream', `web=${port}`];
    const command = [this.#program, 'sidecar', '--socket', socket, ...workload];
    const child = startChild({ ...this.#surroundings, command, logPath });
    await this.#started(child, `the client on ${name}`, logPath, '"sidecar serving"');
  }

  /** kill -9, and the proof that it is gone. */
  async kill({ name }: NodeProcess): Promise<void> {
    const child = this.#nodes.get(name);
    child?.kill('SIGKILL');
    await child?.exited;
  }

  /** Where a process writes its log. */
  logOf(name: string): string {
    return this.#path(`${name}.log`);
  }

  /** Makes a file beside the nodes' directories. */
  write(name: string, text: string): string {
    writeFileSync(this.#path(name), text);
    return this.#path(name);
  }

  /** Of the one governor, a file. */
  get governorKey(): string {
    return this.#path('governor.key');
  }

  /** Ends all that runs, and leaves nothing behind. */
  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGTERM');
    const late = setTimeout(() => {
      for (const child of this.#children) child.kill('SIGKILL');
    }, START_TIMEOUT_MS);
    await Promise.all(this.#children.map((child) => child.exited));
    clearTimeout(late);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Lets one more node join by n1 and starts it. */
  async joinAndStart(number: number): Promise<NodeProcess> {
    const name = `n${number}`;
    const token = await this.run('token', 'create', '--data', this.#path('n1'));
    await this.run('join', token.trim(), '--data', this.#path(name), '--name', name);
    return await this.#startNode(number);
  }

  async #startNode(number: number): Promise<NodeProcess> {
    const name = `n${number}`;
    const dataDirectory = this.#path(name);
    const logPath = this.#path(`${name}.log`);
    const { environment, directory } = this.#surroundings;
    const child = startChild({
      environment: { ...environment, ...NODE_ENVIRONMENT },
      directory,
      command: [
        this.#program,
        'node',
        '--data',
        dataDirectory,
        '--listen',
        `${this.#network}.${number}`,
      ],
      logPath,
    });
    this.#nodes.set(name, child);
    await this.#started(child, `node ${name}`, logPath, '"node started"');
    return { name, pid: child.pid, dataDirectory, isAuthority: number === 1 };
  }

  async #started(child: Child, what: string, logPath: string, sign: string): Promise<void> {
    this.#children.push(child);
    const end = Date.now() + START_TIMEOUT_MS;
    while (!readFileSync(logPath, 'utf8').includes(sign)) {
      if (child.ended() !== undefined || Date.now() > end) {
        throw new Error(`${what} did not start:\n${readFileSync(logPath, 'utf8')}`);
      }
      await Bun.sleep(LOOK_EVERY_MS);
    }
  }

  /** Runs `selvage ARGS` to its end, which must be good; what it printed. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, output, errorOutput } = await runCommand({
      ...this.#surroundings,
      command: [this.#program, ...args],
      timeoutMs: COMMAND_TIMEOUT_MS,
    });
    if (code !== 0) throw new Error(`selvage ${args.join(' ')} ended with ${code}: ${errorOutput}`);
    return output;
  }

  get #surroundings() {
    const { PATH = '', HOME = this.#directory } = process.env;
    const environment = { PATH, HOME, SELVAGE_RUNTIME_DIR: this.#path('run') };
    return { environment, directory: this.#directory };
  }

  #path(...parts: readonly string[]): string {
    return join(this.#directory, ...parts);
  }
}

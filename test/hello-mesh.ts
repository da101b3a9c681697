import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { descendantsOf } from '../src/platform/index.ts';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

const HELLO = new URL('../examples/hello', import.meta.url).pathname;
const PERMIT_ALL = '@id("all")\npermit (principal, action, resource);\n';
/** Long, for a machine that is busy with others: only what fails waits for it. */
const DEADLINE_MS = 60_000;

/** A mesh of one node, in which a client may call web, each behind a sidecar of its own. */
export class HelloMesh {
  readonly disk = new MeshOnDisk();
  readonly data = ['--data', this.disk.path('n1')];
  readonly admin = this.disk.admin('n1');
  readonly #socket = ['--socket', this.disk.path('n1', 'workload.sock')];
  readonly #key = this.disk.path('governor.key');
  /** Where the client reaches web. */
  clientPort = 0;

  async found(trustDomain: string, ...flags: string[]): Promise<Running> {
    const key = ['--governor-key', this.#key, '--no-passphrase'];
    await this.disk.must('init', '--trust-domain', trustDomain, ...this.data, ...key);
    const metrics = ['--metrics-address', '127.0.0.1'];
    const node = await this.disk.startNode('n1', this.disk.host(1), ...metrics, ...flags);
    cpSync(HELLO, this.disk.path('rules'), { recursive: true });
    await this.permit(PERMIT_ALL);
    return node;
  }

  /** Puts other policies in force. */
  async permit(policies: string): Promise<void> {
    await this.put('hello.cedar', policies);
  }

  /** Puts a file of rules in force, beside those that are there. */
  async put(name: string, text: string): Promise<void> {
    writeFileSync(this.disk.path('rules', name), text);
    const signed = ['--key', this.#key, ...this.data, '--yes'];
    await this.disk.must('apply', '-f', this.disk.path('rules'), ...signed);
  }

  /** Takes a resource out of force. */
  async remove(kind: string, name: string): Promise<void> {
    await this.disk.must('delete', kind, name, '--key', this.#key, ...this.data, '--yes');
  }

  /** Revokes what a workload is in the mesh, for all that runs; what is started afterwards is fresh. */
  async revoke(workload: string): Promise<void> {
    const why = ['--reason', 'a test', '--key', this.#key];
    await this.disk.must('revoke', 'workload', workload, ...why, ...this.data, '--yes');
    const end = Date.now() + 1_000; // a revocation is of a whole second
    await until('its second is over', () => Date.now() > end);
  }

  /** An application that answers `hello`, behind a `selvage run`. */
  async startWeb(...flags: readonly string[]): Promise<Running> {
    const port = String(await freePort());
    const program = `Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: () => new Response('hello') });`;
    return this.startAsWeb(port, program, ...flags);
  }

  /** `program`, source text that listens on `port`, in its place. */
  startAsWeb(port: string, program: string, ...flags: readonly string[]): Running {
    const serve = ['--service', 'web', '--port', port, '--log-level', 'info', ...flags];
    const command = [process.execPath, '-e', program];
    return this.disk.start('run', ...this.#socket, ...serve, '--', ...command);
  }

  /** A sidecar by itself. */
  async startClient(...flags: readonly string[]): Promise<Running> {
    this.clientPort = await freePort();
    const upstream = ['--service', 'client', '--upstream', `web=${this.clientPort}`];
    const client = this.disk.start('sidecar', ...this.#socket, ...upstream, ...flags);
    await client.says('sidecar serving');
    return client;
  }

  /** What web answers the client on a connection of its own, or why it does not. */
  async call(): Promise<string> {
    const url = `http://127.0.0.1:${this.clientPort}/`;
    try {
      return await (await fetch(url, { headers: { connection: 'close' } })).text();
    } catch (error) {
      return String(error);
    }
  }

  /** What a command says, for programs. */
  async ask(...command: readonly string[]) {
    return JSON.parse(await this.disk.must(...command, ...this.data, '-o', 'json'));
  }

  /** All `/metrics` of the node and its sidecars, as the node's log says where. */
  async metrics(node: Running): Promise<string> {
    const line = node
      .written()
      .split('\n')
      .find((text) => text.includes('"metrics port open"'));
    const { port } = JSON.parse(line ?? '{}');
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }
}

/** The processes below one that are workers. */
export const workersBelow = (pid: number): number[] => below(pid, 'worker');

/** The processes below one that are sidecars, the one that began first in front. */
export const sidecarsBelow = (pid: number): number[] => below(pid, 'sidecar');

const below = (pid: number, command: string): number[] =>
  descendantsOf(pid)
    .filter(({ args }) => args.includes(command))
    .map((child) => ({ pid: child.pid, began: beganAt(child.pid) }))
    .sort((a, b) => a.began - b.began)
    .map((child) => child.pid);

/** In ticks since the host's start (proc(5), the field starttime); the numbers of processes begin anew now and then. */
function beganAt(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[19]);
  } catch {
    return 0; // it ended meanwhile
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await Bun.sleep(20);
  }
}

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type NodeProcess, NodeProcesses } from '../nodes/node-processes.ts';

/** An application that answers at once, source text. */
const application = (port: number): string =>
  `Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: () => new Response('hello') });`;

export interface ServedMeshPlan {
  readonly nodes: number;
  /** How many of them sign identities, n1 first. */
  readonly authorities: number;
  /** Numbers of the nodes on which `web` runs. */
  readonly web: readonly number[];
  /** Number of the node on which the caller runs. */
  readonly caller: number;
  /** Of SVIDs and of membership credentials, in seconds. */
  readonly lifeSeconds: number;
}

/** A mesh of real processes in which a caller reads from `web`, with lives of seconds. */
export class ServedMesh {
  readonly processes: NodeProcesses;
  readonly nodes: NodeProcess[] = [];
  /** Where the caller reaches `web`. */
  callerPort = 0;

  /** `network`: the first three numbers of the nodes' addresses. */
  constructor(network: string) {
    this.processes = new NodeProcesses(undefined, network);
  }

  async start({ nodes, authorities, web, caller, lifeSeconds }: ServedMeshPlan): Promise<void> {
    this.nodes.push(...(await this.processes.start(nodes)));
    const settings = `apiVersion: selvage.dev/v1alpha1\nkind: MeshSettings\nspec: { svidLife: ${lifeSeconds}s, credentialLife: ${lifeSeconds}s }\n`;
    await this.sign('apply', '-f', this.processes.write('settings.yaml', settings));
    for (const { name } of this.nodes.slice(1, authorities))
      await this.sign('authority', 'add', name);
    for (const number of web) {
      const port = await freePort();
      await this.processes.startWeb(this.node(number), port, application(port));
    }
    this.callerPort = await freePort();
    await this.processes.startClient(this.node(caller), this.callerPort);
    await this.#answered();
  }

  node(number: number): NodeProcess {
    const node = this.nodes[number - 1];
    if (node === undefined) throw new Error(`there is no node ${number}`);
    return node;
  }

  /** Runs a command that the governor signs, at n1. */
  async sign(...command: readonly string[]): Promise<string> {
    const signed = ['--key', this.processes.governorKey, '--data', this.node(1).dataDirectory];
    return await this.processes.run(...command, ...signed, '--yes');
  }

  /** How often `text` stands in the log of a process. */
  countIn(log: string, text: string): number {
    return readFileSync(this.processes.logOf(log), 'utf8').split(text).length - 1;
  }

  /** Endpoints come a moment after their sidecars. */
  async #answered(): Promise<void> {
    const end = Date.now() + 20_000;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.callerPort}/`).catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > end) throw new Error(`web does not answer: ${answer?.status}`);
      await Bun.sleep(50);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
  return address.port;
}

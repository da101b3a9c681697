import type { EndpointView, NodeView, Status } from '../admin/index.ts';
import { type Child, realClock } from '../platform/index.ts';
import { callHttp, readMetrics } from './clients/index.ts';
import { expectThat } from './errors.ts';
import type { FreePorts } from './free-ports.ts';
import { type DemoNodeName, nodePlan, TRUST_DOMAIN } from './plan.ts';
import type { Stage } from './stage.ts';
import { notYet, there, waitFor } from './waiting.ts';
import type { Place } from './wire/index.ts';

const START_TIMEOUT_MS = 15_000;
const PROBE_TIMEOUT_MS = 1_000;

interface NodePlace {
  readonly ports: { readonly peers: number; readonly join: number; readonly metrics: number };
  child: Child | undefined;
}

/** The mesh's nodes, each started, killed and asked through the command line. */
export class MeshNodes {
  readonly #stage: Stage;
  readonly #ports: FreePorts;
  readonly #places = new Map<DemoNodeName, NodePlace>();

  constructor(stage: Stage, ports: FreePorts) {
    this.#stage = stage;
    this.#ports = ports;
  }

  dataDirectory(node: DemoNodeName): string {
    return this.#stage.path(node);
  }

  get governorKey(): string {
    return this.#stage.path('governor.key');
  }

  /** Makes the mesh: its trust repository, its governor's key, and n1 as the first authority. */
  async init(): Promise<void> {
    const mesh = ['--trust-domain', TRUST_DOMAIN, '--data', this.dataDirectory('n1')];
    const governor = ['--governor-key', this.governorKey, '--no-passphrase'];
    await this.#stage.run(['init', ...mesh, '--name', 'n1', ...governor]);
  }

  /** Joins `node` with a fresh token of n1. */
  async join(node: DemoNodeName): Promise<void> {
    const made = await this.#stage.run(['token', 'create', '--data', this.dataDirectory('n1')]);
    await this.#stage.run([
      'join',
      made.trim(),
      '--data',
      this.dataDirectory(node),
      '--name',
      node,
    ]);
  }

  /** Makes `node` an authority, asked of `at`. */
  async addAuthority(node: DemoNodeName, at: DemoNodeName): Promise<void> {
    await this.#stage.run(['authority', 'add', node, ...this.#signedAt(at)]);
  }

  /** Takes from `node` what makes it an authority, asked of `at`. */
  async removeAuthority(node: DemoNodeName, at: DemoNodeName): Promise<void> {
    await this.#stage.run(['authority', 'remove', node, ...this.#signedAt(at)]);
  }

  /** Ends trust in a workload, `<namespace>/<service account>`, before its time. */
  async revokeWorkload(name: string): Promise<void> {
    await this.#stage.run(['revoke', 'workload', name, ...this.#signedAt('n1')]);
  }

  async apply(path: string): Promise<void> {
    await this.#stage.run(['apply', '-f', path, ...this.#signedAt('n1')]);
  }

  #signedAt(node: DemoNodeName): string[] {
    return ['--key', this.governorKey, '--data', this.dataDirectory(node), '--yes'];
  }

  /** Starts a node's process and waits until it says that it is ready. */
  async start(node: DemoNodeName): Promise<Child> {
    const { address } = nodePlan(node);
    const place = await this.#place(node);
    const { peers, join, metrics } = place.ports;
    const child = this.#stage.start(`node-${node}`, [
      'node',
      ...['--data', this.dataDirectory(node), '--listen', address],
      ...['--peers-port', `${peers}`, '--join-port', `${join}`, '--metrics-port', `${metrics}`],
    ]);
    place.child = child;
    await waitFor(realClock, `node ${node} to be ready`, START_TIMEOUT_MS, () =>
      this.#readiness(address, metrics, child),
    );
    return child;
  }

  async #place(node: DemoNodeName): Promise<NodePlace> {
    const known = this.#places.get(node);
    if (known !== undefined) return known;
    const { address } = nodePlan(node);
    const ports = {
      peers: await this.#ports.take(address, 7_600),
      join: await this.#ports.take(address, 7_601),
      metrics: await this.#ports.take(address, 7_602),
    };
    const place: NodePlace = { ports, child: undefined };
    this.#places.set(node, place);
    return place;
  }

  async #readiness(host: string, port: number, child: Child) {
    const end = child.ended();
    if (end !== undefined) return notYet(`it ended with ${end.code ?? end.signal}`);
    const probe = { host, port, method: 'GET', path: '/readyz', timeoutMs: PROBE_TIMEOUT_MS };
    return callHttp(probe).then(
      ({ status, text }) => (status === 200 ? there(undefined) : notYet(`${status} ${text}`)),
      (error: Error) => notYet(error.message),
    );
  }

  isRunning(node: DemoNodeName): boolean {
    const child = this.#places.get(node)?.child;
    return child !== undefined && child.ended() === undefined;
  }

  pidOf(node: DemoNodeName): number | undefined {
    return this.#places.get(node)?.child?.pid;
  }

  /** Where a node that was started listens: for its peers, or with its metrics. */
  placeOf(node: DemoNodeName, what: 'peers' | 'metrics'): Place {
    const ports = this.#places.get(node)?.ports;
    expectThat(ports !== undefined, `node ${node} was not started`);
    return { host: nodePlan(node).address, port: ports[what] };
  }

  /** kill -9, and the proof that it is gone. */
  async kill(node: DemoNodeName): Promise<void> {
    const child = this.#places.get(node)?.child;
    child?.kill('SIGKILL');
    await child?.exited;
  }

  /** Holds a node's process still, so that it hears and says nothing, until `during` lets it go or ends. */
  async holding<T>(node: DemoNodeName, during: (letGo: () => void) => Promise<T>): Promise<T> {
    const child = this.#places.get(node)?.child;
    expectThat(child !== undefined, `node ${node} was not started`);
    const letGo = () => child.kill('SIGCONT');
    child.kill('SIGSTOP');
    try {
      return await during(letGo);
    } finally {
      letGo();
    }
  }

  /** What `selvage status` says at `node`. */
  status(node: DemoNodeName): Promise<Status> {
    return this.#ask<Status>(node, 'status');
  }

  /** What `selvage get endpoints` says at `node`. */
  async endpoints(node: DemoNodeName): Promise<readonly EndpointView[]> {
    return (await this.#ask<Items<EndpointView>>(node, 'get', 'endpoints')).items;
  }

  /** What `selvage get nodes` says at `node`. */
  async nodes(node: DemoNodeName): Promise<readonly NodeView[]> {
    return (await this.#ask<Items<NodeView>>(node, 'get', 'nodes')).items;
  }

  /** The sum, over all nodes that run, of a family's samples with these labels. */
  async sumOfMetrics(family: string, labels: Readonly<Record<string, string>>): Promise<number> {
    const running = [...this.#places.keys()].filter((node) => this.isRunning(node));
    const pages = await Promise.all(
      running.map((node) => readMetrics(this.placeOf(node, 'metrics'))),
    );
    return pages.reduce((sum, page) => sum + page.sum(family, labels), 0);
  }

  async #ask<Answer>(node: DemoNodeName, ...command: string[]): Promise<Answer> {
    const data = ['-o', 'json', '--data', this.dataDirectory(node)];
    // The command prints what the admin API's own contract has checked.
    return JSON.parse(await this.#stage.run([...command, ...data])) as Answer;
  }
}

interface Items<Item> {
  readonly items: readonly Item[];
}

import type { EndpointView } from '../admin/index.ts';
import { realClock } from '../platform/index.ts';
import { expectThat } from './errors.ts';
import { FreePorts } from './free-ports.ts';
import { LoginDesk } from './login-desk.ts';
import { MeshNodes } from './mesh-nodes.ts';
import { MeshWorkloads, type Workload } from './mesh-workloads.ts';
import { type DemoNodeName, FILES, keyOf, WORKLOADS, type WorkloadPlan } from './plan.ts';
import { writeResources } from './resources.ts';
import type { Stage } from './stage.ts';
import { notYet, there, waitFor } from './waiting.ts';

const READY_TIMEOUT_MS = 20_000;

export interface ShopOptions {
  /** Take the ports that a person would expect, where they are free. */
  readonly expectedPorts: boolean;
  /** Whether this host can serve `files`. */
  readonly files: boolean;
  /** Whether its programs can call services by name. */
  readonly names: boolean;
  /** Told of each step that was done. */
  readonly progress: (step: string) => void;
}

/** The whole scene: three nodes, the trust repository in force, and the shop's workloads. */
export class Shop {
  readonly stage: Stage;
  readonly nodes: MeshNodes;
  readonly workloads: MeshWorkloads;
  readonly login = new LoginDesk();
  readonly hasFiles: boolean;
  readonly hasNames: boolean;
  readonly #progress: (step: string) => void;

  constructor(stage: Stage, options: ShopOptions) {
    const ports = new FreePorts({ wishes: options.expectedPorts });
    this.stage = stage;
    this.nodes = new MeshNodes(stage, ports);
    this.workloads = new MeshWorkloads(stage, ports, this.nodes, options.names);
    this.hasFiles = options.files;
    this.hasNames = options.names;
    this.#progress = options.progress;
  }

  async open(): Promise<void> {
    await this.nodes.init();
    await this.nodes.start('n1');
    this.#progress('n1 made the mesh: trust repository, governor’s key, first authority');
    await Promise.all([this.#grow('n2'), this.#grow('n3')]);
    this.#progress('n2 and n3 joined, with a token each');
    await this.#awaitCandidate('n2');
    await this.nodes.addAuthority('n2', 'n1');
    writeResources(this.stage.path('resources'), this.login);
    await this.nodes.apply(this.stage.path('resources'));
    this.#progress('the governor signed: a second authority, services, policies, a login');
    const plans = this.hasFiles ? [...WORKLOADS, FILES] : WORKLOADS;
    await Promise.all(plans.map((plan) => this.workloads.start(plan)));
    await this.awaitReady('n3', plans);
    await this.awaitReady('n1', plans);
    this.#progress(`${plans.length} workloads serve, each behind its own sidecar`);
  }

  async #grow(node: DemoNodeName): Promise<void> {
    await this.nodes.join(node);
    await this.nodes.start(node);
  }

  /** A node's CA can be added once its own record has told the others of it. */
  async #awaitCandidate(node: DemoNodeName): Promise<void> {
    await waitFor(realClock, `n1 to know the CA of ${node}`, READY_TIMEOUT_MS, async () => {
      const known = (await this.nodes.nodes('n1')).find(({ name }) => name === node);
      return known?.authority === 'candidate' ? there(undefined) : notYet(`${known?.authority}`);
    });
  }

  /** Waits until `seenBy` has a ready endpoint for each of these workloads. */
  async awaitReady(seenBy: DemoNodeName, plans: readonly WorkloadPlan[]): Promise<void> {
    const names = plans.map(({ name }) => name).join(', ');
    await waitFor(realClock, `${names} to be ready at ${seenBy}`, READY_TIMEOUT_MS, async () => {
      const endpoints = await this.nodes.endpoints(seenBy);
      const missing = plans.filter((plan) => endpointOf(endpoints, plan)?.state !== 'ready');
      if (missing.length === 0) return there(undefined);
      const ended = missing.flatMap(({ name }) => describeEnd(this.workloads.get(name)));
      expectThat(ended.length === 0, ended.join('; '));
      return notYet(`no ready endpoint of ${missing.map(({ name }) => name).join(', ')}`);
    });
  }

  /** Waits until `seenBy` has no endpoint of this workload any more that would get traffic. */
  async awaitGone(seenBy: DemoNodeName, plan: WorkloadPlan, timeoutMs: number): Promise<void> {
    await waitFor(realClock, `${plan.name} to be gone at ${seenBy}`, timeoutMs, async () => {
      const found = endpointOf(await this.nodes.endpoints(seenBy), plan);
      return found === undefined ? there(undefined) : notYet(`${found.id} is ${found.state}`);
    });
  }

  async close(keep: boolean): Promise<void> {
    await this.workloads.closeTaps();
    await this.stage.close(keep);
  }
}

/** A workload's endpoint: its service on its node, in its version; none while it only finishes what is open. */
const endpointOf = (
  endpoints: readonly EndpointView[],
  { service, node, version }: WorkloadPlan,
): EndpointView | undefined =>
  endpoints.find(
    (endpoint) =>
      endpoint.state !== 'draining' &&
      endpoint.service === keyOf(service) &&
      endpoint.node === node &&
      endpoint.labels.version === version,
  );

function describeEnd({ plan, child }: Workload): string[] {
  const end = child.ended();
  return end === undefined ? [] : [`${plan.name} ended with ${end.code ?? end.signal}`];
}

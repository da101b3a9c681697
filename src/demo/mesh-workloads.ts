import { type Child, descendantsOf, selfCommand } from '../platform/index.ts';
import { expectThat } from './errors.ts';
import type { FreePorts } from './free-ports.ts';
import type { MeshNodes } from './mesh-nodes.ts';
import { NAMESPACE, nodePlan, type ServiceName, type WorkloadPlan } from './plan.ts';
import { SERVICE_HOST } from './services/index.ts';
import type { Stage } from './stage.ts';
import { openTap, type Place, type Tap } from './wire/index.ts';

/** Ports that a person would expect, where they are free. */
const WISHED_PORTS: Readonly<Record<string, number>> = { frontend: 8_080 };
const FIRST_WISHED_UPSTREAM = 9_001;

/** A workload that was started: a `selvage run`, with the sidecar and the application below it. */
export interface Workload {
  readonly plan: WorkloadPlan;
  readonly child: Child;
  /** Where the application listens, on loopback. */
  readonly port: number;
  /** Where its sidecar takes mutual TLS. */
  readonly inbound: Place;
  /** Local ports that lead to other services. */
  readonly upstreams: Readonly<Record<string, number>>;
  /** File in which the application notes each request that it read. */
  readonly reads: string;
}

/** Starts the shop's programs, each behind a sidecar of its own. */
export class MeshWorkloads {
  readonly #stage: Stage;
  readonly #ports: FreePorts;
  readonly #nodes: MeshNodes;
  readonly #names: boolean;
  readonly #running = new Map<string, Workload>();
  readonly #taps = new Map<string, Tap>();

  /** `names`: whether this host lets them call services by name. */
  constructor(stage: Stage, ports: FreePorts, nodes: MeshNodes, names: boolean) {
    this.#stage = stage;
    this.#ports = ports;
    this.#nodes = nodes;
    this.#names = names;
  }

  get(name: string): Workload {
    const workload = this.#running.get(name);
    expectThat(workload !== undefined, `the workload ${name} was not started`);
    return workload;
  }

  has(name: string): boolean {
    return this.#running.has(name);
  }

  tap(name: string): Tap {
    const tap = this.#taps.get(name);
    expectThat(tap !== undefined, `nothing listens in before ${name}`);
    return tap;
  }

  /** Starts a workload, at the same ports as before if it ran already. */
  async start(plan: WorkloadPlan): Promise<Workload> {
    const places = this.#running.get(plan.name) ?? (await this.#places(plan));
    const { name, service, node, version } = plan;
    const tap = this.#taps.get(name);
    const child = this.#stage.start(name, [
      'run',
      ...['--socket', `${this.#nodes.dataDirectory(node)}/workload.sock`],
      ...['--namespace', NAMESPACE, '--service', service, '--port', `${places.port}`],
      ...(version === undefined ? [] : ['--label', `version=${version}`]),
      ...Object.entries(places.upstreams).flatMap(([to, port]) => [
        '--upstream',
        `${NAMESPACE}/${to}=${port}`,
      ]),
      ...(this.#names ? (plan.named ?? []) : []).flatMap((to) => [
        '--upstream',
        `${NAMESPACE}/${to}`,
      ]),
      ...['--inbound-port', `${places.inbound.port}`],
      ...(tap === undefined ? [] : ['--advertise-port', `${tap.port}`]),
      ...['--log-level', 'info'],
      '--',
      ...applicationCommand(plan, places),
    ]);
    const workload = { ...places, plan, child };
    this.#running.set(name, workload);
    return workload;
  }

  async #places(plan: WorkloadPlan): Promise<Omit<Workload, 'child'>> {
    const { address } = nodePlan(plan.node);
    const inbound = { host: address, port: await this.#ports.take(address) };
    if (plan.tapped === true) {
      this.#taps.set(plan.name, await openTap({ host: address, port: 0 }, inbound));
    }
    const upstreams: Record<string, number> = {};
    for (const [index, service] of (plan.upstreams ?? []).entries()) {
      upstreams[service] = await this.#ports.take(SERVICE_HOST, FIRST_WISHED_UPSTREAM + index);
    }
    const port = await this.#ports.take(SERVICE_HOST, WISHED_PORTS[plan.name]);
    return { plan, port, inbound, upstreams, reads: this.#stage.path(`${plan.name}.reads`) };
  }

  /** The application's own process, below the `selvage run`. */
  applicationPid(name: string): number {
    const { child, plan } = this.get(name);
    const found = descendantsOf(child.pid).find(({ args }) =>
      args.includes(plan.service === 'files' ? 'http.server' : 'demo-service'),
    );
    expectThat(found !== undefined, `the application of ${name} is not running`);
    return found.pid;
  }

  /** The processes that carry its bytes. */
  sidecarPids(name: string): number[] {
    return descendantsOf(this.get(name).child.pid)
      .filter(({ args }) => args.includes('sidecar'))
      .map(({ pid }) => pid);
  }

  /** Ends a workload in order: its endpoint is withdrawn, its open requests finish. */
  async stop(name: string): Promise<void> {
    const { child } = this.get(name);
    child.kill('SIGTERM');
    await child.exited;
  }

  async closeTaps(): Promise<void> {
    await Promise.all([...this.#taps.values()].map((tap) => tap.close()));
  }

  /** The caller's local port that leads to `service`. */
  upstream(service: ServiceName, caller = 'frontend'): number {
    const port = this.get(caller).upstreams[service];
    expectThat(port !== undefined, `${caller} does not call ${service}`);
    return port;
  }
}

function applicationCommand(
  { service, version }: WorkloadPlan,
  { port, reads, upstreams }: Omit<Workload, 'child'>,
): string[] {
  if (service === 'files') {
    return ['python3', '-m', 'http.server', `${port}`, '--bind', SERVICE_HOST];
  }
  return [
    ...selfCommand(),
    ...['demo-service', service, '--port', `${port}`, '--reads', reads],
    ...(version === undefined ? [] : ['--version', version]),
    ...Object.entries(upstreams).flatMap(([to, local]) => ['--upstream', `${to}=${local}`]),
  ];
}

import { type Command, Option } from 'commander';
import {
  DEFAULT_NAMESPACE,
  formatDuration,
  type Namespace,
  parseServiceKey,
} from '../core/index.ts';
import { processorCount, realRandom } from '../platform/index.ts';
import { DEFAULT_WEIGHT } from '../registry/index.ts';
import type { SidecarOptions } from '../sidecar/index.ts';
import {
  collectLabel,
  collectUpstream,
  parseDurationOption,
  parseNamespaceOption,
  parsePortOption,
  parseServiceOption,
  parseWeightOption,
  parseWorkersOption,
  type WrittenUpstream,
} from './arguments.ts';
import {
  addCaptureListeners,
  type CaptureListenerFlags,
  captureListeners,
} from './capture-listeners.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';
import { chooseWorkloadSocket } from './node-choice.ts';

/** So many that no two workloads of a host are ever taken for one. */
const RUN_BYTES = 12;
/** What Istio's ztunnel dials. */
const HBONE_PORT = '15008';
/** Where upstreams are listened for, and most applications. */
const UPSTREAM_HOST = '127.0.0.1';
const DEFAULT_DRAIN_MS = 10_000; // as long as most callers wait for one answer

/** The flags that `selvage run` and `selvage sidecar` share, as commander gives them. */
export interface WorkloadFlags extends CaptureListenerFlags {
  readonly socket?: string;
  readonly namespace: Namespace;
  readonly service?: string;
  readonly port?: number;
  readonly host: string;
  /** Of `selvage sidecar` alone. */
  readonly run?: string;
  readonly upstream: readonly WrittenUpstream[];
  readonly label: Readonly<Record<string, string>>;
  readonly weight: number;
  /** Of `selvage sidecar` alone. */
  readonly netns?: string;
  readonly inboundPort?: number;
  readonly hbone?: number;
  readonly advertisePort?: number;
  readonly workers?: number;
  /** Milliseconds. */
  readonly drain: number;
  readonly logLevel: SidecarOptions['logLevel'];
}

export function addWorkloadOptions(
  command: Command,
  defaults: { readonly logLevel: SidecarOptions['logLevel'] },
): Command {
  const ports = 'port where other sidecars reach it (default: any free one)';
  command
    .option('--socket <path>', 'the node’s workload.sock (default: that of the node here)')
    .option(
      '--service <name>',
      'the service account to ask for, and the service that is served',
      parseServiceOption,
    )
    .option('-n, --namespace <name>', 'its namespace', parseNamespaceOption, DEFAULT_NAMESPACE)
    .option('--port <port>', 'where the application listens, if it serves', parsePortOption)
    .option('--host <address>', 'address where the application listens', UPSTREAM_HOST)
    .option(
      '--upstream <service[=port]>',
      'a service to call, such as web.shop: by name, at web.shop.mesh, or at a local port',
      collectUpstream,
      [],
    )
    .option('--label <key=value>', 'label of the endpoint', collectLabel, {})
    .option(
      '--weight <number>',
      'its share of the service’s traffic, beside the weights of the others',
      parseWeightOption,
      DEFAULT_WEIGHT,
    )
    .option('--inbound-port <port>', ports, parsePortOption)
    .addOption(
      new Option('--hbone [port]', `let peers in that speak HBONE (port: ${HBONE_PORT})`)
        .argParser(parsePortOption)
        .preset(HBONE_PORT),
    )
    .option('--advertise-port <port>', 'port to announce instead of it', parsePortOption)
    .option(
      '--workers <count>',
      'processes that carry its bytes (default: one per two cores)',
      parseWorkersOption,
    )
    .addOption(
      new Option('--drain <duration>', 'how long open requests may take at the end')
        .argParser(parseDurationOption)
        .default(DEFAULT_DRAIN_MS, formatDuration(DEFAULT_DRAIN_MS)),
    )
    .addOption(
      new Option('--log-level <level>', 'least important lines of the sidecar’s log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default(defaults.logLevel),
    );
  return addCaptureListeners(command);
}

/** What the sidecar is to do. @throws CliError COMMAND_LINE_INVALID, NODE_NOT_FOUND, SEVERAL_MESHES */
export function sidecarOptions(context: CliContext, flags: WorkloadFlags): SidecarOptions {
  const { service, port, inboundPort, advertisePort, netns, hbone } = flags;
  if (hbone !== undefined && port === undefined) {
    throw new CliError('COMMAND_LINE_INVALID', '--hbone needs the application’s --port');
  }
  refuseSharedPort(flags);
  return {
    socket: chooseWorkloadSocket(context, flags.socket),
    namespace: flags.namespace,
    host: flags.host,
    upstreams: flags.upstream.map((upstream) => ({
      ...upstream,
      service: upstreamKey(upstream.service, flags.namespace),
    })),
    run: flags.run ?? Buffer.from(realRandom.bytes(RUN_BYTES)).toString('hex'),
    labels: flags.label,
    weight: flags.weight,
    workers: flags.workers ?? defaultWorkers(),
    drainMs: flags.drain,
    logLevel: flags.logLevel,
    ...captureListeners(flags),
    ...(netns === undefined ? {} : { netns }),
    ...(service === undefined ? {} : { service }),
    ...(port === undefined ? {} : { port }),
    ...(inboundPort === undefined ? {} : { inboundPort }),
    ...(hbone === undefined ? {} : { hbonePort: hbone }),
    ...(advertisePort === undefined ? {} : { advertisePort }),
  };
}

/** The application needs the other half. */
const defaultWorkers = (): number => Math.max(1, Math.floor(processorCount() / 2));

/** An upstream without a namespace is in the workload's own. */
function upstreamKey(service: string, namespace: Namespace) {
  const key = parseServiceKey(service, namespace);
  if (key.ok) return key.value;
  throw new CliError('COMMAND_LINE_INVALID', `--upstream ${service}: ${key.error}`, {
    remedy: 'Write SERVICE or SERVICE.NAMESPACE, and a local port after `=`: web, web.shop=9001.',
  });
}

/**
 * A port can be one thing only. The sidecar would take an upstream's port for the application that
 * it serves, and hand callers on to that upstream in the workload's name.
 */
function refuseSharedPort({ upstream, port, host }: WorkloadFlags): void {
  const local = upstream.flatMap((each) => each.port ?? []);
  const taken = port !== undefined && host === UPSTREAM_HOST ? [port, ...local] : local;
  const shared = taken.find((each, index) => taken.indexOf(each) < index);
  if (shared === undefined) return;
  const [one, other] = shared === port ? ['--port', '--upstream'] : ['--upstream', '--upstream'];
  throw new CliError('COMMAND_LINE_INVALID', `${one} and ${other} share port ${shared}`, {
    remedy: 'Give each of them a port of its own.',
  });
}

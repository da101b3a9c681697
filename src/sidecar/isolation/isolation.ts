import {
  type AttachedChild,
  findProgram,
  hasIpv6Loopback,
  hostProcess,
  isProcessAlive,
  listNamespaces,
  makeNamespace,
  type NetworkNamespace,
  PlatformError,
  removeNamespace,
  runHostTool,
  startAttachedChild,
  writeNamespaceFiles,
} from '../../platform/index.ts';
import type { Log } from '../../ports/index.ts';
import { startCapture } from '../capture/index.ts';
import type { Names } from '../supervision.ts';
import { hostsFile, RESOLV_CONF } from './name-files.ts';

/** Named after the `selvage run` that made it. */
const NAME = /^selvage-(\d+)$/;
const nameOf = (pid: number): string => `selvage-${pid}`;

/**
 * Every address leads to loopback, where rules redirect it to the sidecar: without a route the kernel would refuse
 * a connection before any rule sees it.
 */
const ROUTE = ['route', 'add', 'local', 'default', 'dev', 'lo', 'src', '127.0.0.1'];
const IPV6_ROUTE = ['-6', 'route', 'add', 'local', 'default', 'dev', 'lo'];

/** Binds the files of directory $0 over those of /etc, then becomes the program. */
const BECOME_PROGRAM =
  'for file in "$0"/*; do mount --bind "$file" "/etc/$(basename "$file")"; done; exec "$@"';

export interface IsolationOptions {
  /** Where the sidecar takes every connection that the program opens; without it there are upstreams' ports only. */
  readonly capture?: number;
}

/**
 * A network namespace for one program, with loopback only: what it reaches is what its sidecar listens to in there,
 * and nobody else reaches the program or those listeners.
 */
export class Isolation {
  /** The namespace's, for ip-netns(8). */
  readonly name: string;
  readonly #namespace: NetworkNamespace;
  /** What is bound over the host's files in /etc. */
  readonly #files: string;

  private constructor(name: string, namespace: NetworkNamespace, files: string) {
    this.name = name;
    this.#namespace = namespace;
    this.#files = files;
  }

  /** @throws PlatformError ROOT_NEEDED, TOOL_MISSING, TOOL_FAILED */
  static async begin({ capture }: IsolationOptions, log: Log): Promise<Isolation> {
    await removeLeftovers(log);
    const name = nameOf(hostProcess().pid);
    const namespace = await makeNamespace(name);
    const files = writeNamespaceFiles(name, { 'resolv.conf': RESOLV_CONF });
    const isolation = new Isolation(name, namespace, files);
    try {
      if (capture !== undefined) await isolation.#capture(capture);
    } catch (error) {
      await isolation.end();
      throw error;
    }
    return isolation;
  }

  async #capture(outbound: number): Promise<void> {
    await runHostTool('ip', ROUTE, this.#namespace);
    const hasIpv6 = this.#namespace.inside(hasIpv6Loopback);
    if (hasIpv6) await runHostTool('ip', IPV6_ROUTE, this.#namespace);
    const except = { ports: [], networks: [], uids: [] };
    await startCapture({ whose: { kind: 'namespace', name: this.name }, outbound, except });
  }

  /**
   * Starts the program inside, at the terminal of this process. It finds `names` among its hosts.
   *
   * @throws PlatformError PROGRAM_NOT_STARTED
   */
  start(
    command: readonly string[],
    names: Names,
    environment: Readonly<Record<string, string>>,
  ): AttachedChild {
    const [program = ''] = command;
    if (findProgram(program) === undefined) {
      throw new PlatformError('PROGRAM_NOT_STARTED', `'${program}' cannot be started`);
    }
    writeNamespaceFiles(this.name, { hosts: hostsFile(names) });
    const words = ['unshare', '--mount', '--', 'sh', '-c', BECOME_PROGRAM, this.#files, ...command];
    return this.#namespace.inside(() =>
      startAttachedChild(words, {
        stdin: 'inherit',
        stdout: 'inherit',
        stderr: 'inherit',
        environment,
      }),
    );
  }

  /** Takes everything back that {@link begin} made. */
  end(): Promise<void> {
    return removeNamespace(this.name);
  }
}

/** Of runs that were killed. Also one of our own number, which can be nobody's but such a run's. */
async function removeLeftovers(log: Log): Promise<void> {
  const { pid: own } = hostProcess();
  for (const name of listNamespaces()) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== own && isProcessAlive(pid))) continue;
    log.warn('removing the network namespace of a run that did not end in order', { name });
    await removeNamespace(name);
  }
}

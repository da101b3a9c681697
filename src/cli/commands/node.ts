import type { Command } from 'commander';
import type { NodeConfig, NodeSettingName } from '../../node/index.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { passphraseOf } from '../passphrase.ts';

/** Largest configuration file that is read, bytes. */
const MAX_CONFIG_BYTES = 64 * 1024;
/** Where the passphrase of a sealed CA key stands. */
const FLAG = '--authority-passphrase-file';
const DEFAULT_CONFIG_FILE = 'selvage.yaml';

/**
 * The flags of the node's settings. They stand in the node's own table too, which is not loaded here:
 * it would bring the whole node into every command. A test proves the two equal.
 */
export const nodeFlags: readonly {
  readonly setting: NodeSettingName;
  readonly flag: string;
  readonly description: string;
}[] = [
  {
    setting: 'dataDir',
    flag: '--data <dir>',
    description: 'Directory of the node’s keys, state and sockets; made by `init` or `join`.',
  },
  {
    setting: 'listen',
    flag: '--listen <address>',
    description: 'Address that peers, joining nodes and other nodes’ sidecars reach this node at.',
  },
  {
    setting: 'peersPort',
    flag: '--peers-port <port>',
    description: 'Port for the other nodes (libp2p).',
  },
  {
    setting: 'joinPort',
    flag: '--join-port <port>',
    description: 'Port where nodes join with a token (TLS).',
  },
  {
    setting: 'metricsPort',
    flag: '--metrics-port <port>',
    description: 'Port of `/metrics`, `/healthz` and `/readyz`.',
  },
  {
    setting: 'metricsHost',
    flag: '--metrics-address <address>',
    description: 'Address of the metrics port; never reachable from other hosts.',
  },
  {
    setting: 'dns',
    flag: '--dns <address>',
    description:
      'Where it answers for `<service>.<namespace>.mesh`; `auto`: port 53 of the listen address if that is a loopback address, else of 127.0.0.76; or port 7653 there.',
  },
  {
    setting: 'dnsRange',
    flag: '--dns-range <block>',
    description:
      'Where workloads find the services that they call by name, each at its own addresses.',
  },
  {
    setting: 'dnsResolvers',
    flag: '--dns-resolvers <file>',
    description: 'Who answers for all other names; this node itself is left out.',
  },
  {
    setting: 'tokensHost',
    flag: '--tokens-address <address>',
    description: 'Address of the token port; 0.0.0.0: all of this host.',
  },
  {
    setting: 'tokensPort',
    flag: '--tokens-port <port>',
    description: 'Port of the token service (HTTPS), for those outside of the mesh.',
  },
  {
    setting: 'tokensCertificate',
    flag: '--tokens-certificate <file>',
    description:
      'Certificate of the token service, with those that it was signed by after it; without it there is no such service.',
  },
  {
    setting: 'tokensKey',
    flag: '--tokens-key <file>',
    description: 'Key of that certificate.',
  },
  {
    setting: 'outsideNetworks',
    flag: '--outside-networks <blocks>',
    description:
      'Networks of your own where issuers’ keys may be fetched (`jwks.uri`); other addresses that are not of the world are never asked.',
  },
  {
    setting: 'locality',
    flag: '--locality <name>',
    description:
      'Where the node runs, `<region>/<zone>`: said of its endpoints, and what policies read as `context.locality` of its workloads’ calls.',
  },
  {
    setting: 'membershipProfile',
    flag: '--membership-profile <profile>',
    description:
      'How soon a member that does not answer is given up: for nodes of one host (`local`), of one region (`lan`), or far apart (`wan`). The same for all nodes.',
  },
  {
    setting: 'logLevel',
    flag: '--log-level <level>',
    description: 'Least important lines that are logged (JSON, on standard error).',
  },
];

export function addNode(program: Command, context: CliContext): void {
  const command = program
    .command('node')
    .description('run a node, until Ctrl-C or SIGTERM')
    .option(
      '--config <file>',
      `its configuration (default: ./${DEFAULT_CONFIG_FILE}, if it is there)`,
    );
  command.option(`${FLAG} <file>`, 'its first line opens a sealed CA key (default: asked)');
  for (const { flag, description } of nodeFlags) command.option(flag, description);
  addExamples(command, [
    ['selvage node --data ./n1 --listen 127.0.0.11', 'everything else has a default'],
    ['selvage node --config /etc/selvage/selvage.yaml', 'all settings in a file'],
  ]);
  command.action(async (typed: Readonly<Record<string, string>>) => {
    const { startNode } = await import('../../node/index.ts');
    const config = await readConfig(context, command, typed.config);
    const stopped = context.stopSignal(); // before anything is started: what is told meanwhile counts
    const { authorityPassphraseFile: passphraseFile } = typed;
    const source = passphraseFile === undefined ? {} : { passphraseFile };
    const node = await startNode(config, (path) => passphraseOf(context, path, source, FLAG));
    const stop = () => void node.stop(); // what goes wrong in it is told by `done`
    if (stopped.aborted) stop();
    else stopped.addEventListener('abort', stop, { once: true });
    await node.done;
  });
}

async function readConfig(
  { host }: CliContext,
  command: Command,
  named: string | undefined,
): Promise<NodeConfig> {
  const { loadNodeConfig } = await import('../../node/index.ts');
  const { pathExists, readTextFile } = await import('../../platform/index.ts');
  const { environment } = host;
  const configured = named ?? environment.SELVAGE_CONFIG;
  const path = configured || (pathExists(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : undefined);
  const file =
    path === undefined ? {} : { file: { path, text: readTextFile(path, MAX_CONFIG_BYTES) } };
  const loaded = loadNodeConfig({ flags: flagsOf(command), environment, ...file });
  if (loaded.ok) return loaded.value;
  throw new CliError('INPUT_INVALID', 'the node was not started', { problems: loaded.error });
}

/** What was typed, by setting. */
function flagsOf(command: Command): Partial<Record<NodeSettingName, string>> {
  const typed: Readonly<Record<string, unknown>> = command.opts();
  const flags: Partial<Record<NodeSettingName, string>> = {};
  for (const { setting, flag } of nodeFlags) {
    const option = command.options.find(({ flags: own }) => own === flag);
    const value = option === undefined ? undefined : typed[option.attributeName()];
    if (typeof value === 'string') flags[setting] = value;
  }
  return flags;
}

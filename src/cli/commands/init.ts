import type { Command } from 'commander';
import type { FirstGovernor } from '../../node/index.ts';
import { parseLabelOption } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNewKeyOptions, type NewKeyProtection } from '../passphrase.ts';

interface InitFlags extends NewKeyProtection {
  readonly trustDomain: string;
  readonly data: string;
  readonly governorKey: string;
  readonly governorName?: string;
  readonly name?: string;
}

export function addInit(program: Command, context: CliContext): void {
  const command = program
    .command('init')
    .description('found a mesh: a governor’s key, the trust repository, and the first node')
    .requiredOption('--trust-domain <name>', 'name of the mesh for good, such as shop.example')
    .requiredOption('--data <dir>', 'data directory of the first node; it is made')
    .requiredOption('--governor-key <file>', 'made if it is not there; outside of data directories')
    .option(
      '--governor-name <name>',
      'what the governor is called (default: governor, or as beside the key)',
      parseLabelOption,
    )
    .option('--name <node>', 'name of the node (default: that of its directory)');
  addNewKeyOptions(command);
  addExamples(command, [
    [
      'selvage init --trust-domain shop.example --data ./n1 --governor-key ./ada.key --governor-name ada',
      'the first node is called n1, as its directory; a passphrase for the key is asked',
    ],
  ]);
  command.action(async (flags: InitFlags) => {
    const { initNode } = await import('../../node/index.ts');
    const { createLog, createMetrics } = await import('../../telemetry/index.ts');
    const { trustDomain, data, name } = flags;
    const { terminal } = context;
    const log = createLog({
      level: 'warn',
      name: 'init',
      destination: { write: terminal.writeError },
    });
    let governor: FoundingGovernor | undefined;
    const report = await initNode({
      trustDomain,
      dataDir: data,
      ...(name === undefined ? {} : { name }),
      governor: async () => {
        governor = await foundingGovernor(context, flags);
        return governor;
      },
      log,
      meter: createMetrics().meter,
    });
    terminal.write(`mesh ${report.trustDomain} is founded; its first node is ${report.node}\n`);
    if (governor?.isNew === true) {
      terminal.write(
        `the governor’s key is ${flags.governorKey}: whoever has it makes the rules, ` +
          'and without it they never change again: keep it, and keep it off this host\n',
      );
    }
    terminal.write(`start the node with: selvage node --data ${data}\n`);
  });
}

const DEFAULT_NAME = 'governor';

interface FoundingGovernor extends FirstGovernor {
  /** Was the key made just now? */
  readonly isNew: boolean;
}

/** The governor whose key is there, or a new one. */
async function foundingGovernor(
  context: CliContext,
  { governorKey: path, governorName, data, ...protection }: InitFlags,
): Promise<FoundingGovernor> {
  const { pathExists } = await import('../../platform/index.ts');
  const { makeGovernorKey, readGovernorKey } = await import('../governor-key.ts');
  const { publicPathOf, readPublicKeyFile } = await import('../public-key-file.ts');
  const { bindToMesh, requireUnbound } = await import('../known-mesh.ts');
  if (pathExists(path)) {
    requireUnbound(path);
    const signer = await readGovernorKey(context, { key: path, data, ...protection });
    const half = publicPathOf(path);
    const name = governorName ?? (pathExists(half) ? readPublicKeyFile(half).name : DEFAULT_NAME);
    return { signer, name, isNew: false, keep: (files) => bindToMesh(path, signer, files) };
  }
  const name = governorName ?? DEFAULT_NAME;
  const { signer, keep } = await makeGovernorKey(context, { name, path, data }, protection);
  return {
    signer,
    name,
    isNew: true,
    keep(files) {
      keep();
      bindToMesh(path, signer, files);
    },
  };
}

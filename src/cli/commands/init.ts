import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';

interface InitFlags {
  readonly trustDomain: string;
  readonly data: string;
  readonly governorKey: string;
  readonly name?: string;
}

export function addInit(program: Command, context: CliContext): void {
  const command = program
    .command('init')
    .description('found a mesh: a governor’s key, the trust repository, and the first node')
    .requiredOption('--trust-domain <name>', 'name of the mesh for good, such as shop.example')
    .requiredOption('--data <dir>', 'data directory of the first node; it is made')
    .requiredOption('--governor-key <file>', 'made if it is not there; outside of data directories')
    .option('--name <node>', 'name of the node (default: that of its directory)');
  addExamples(command, [
    [
      'selvage init --trust-domain shop.example --data ./n1 --governor-key ./governor.key',
      'the first node is called n1, as its directory',
    ],
  ]);
  command.action(async ({ trustDomain, data, governorKey, name }: InitFlags) => {
    const { initNode } = await import('../../node/index.ts');
    const { createLog, createMetrics } = await import('../../telemetry/index.ts');
    const { terminal } = context;
    const report = await initNode({
      trustDomain,
      dataDir: data,
      governorKey,
      ...(name === undefined ? {} : { name }),
      log: createLog({
        level: 'warn',
        name: 'init',
        destination: { write: terminal.writeError },
      }),
      meter: createMetrics().meter,
    });
    terminal.write(`mesh ${report.trustDomain} is founded; its first node is ${report.node}\n`);
    if (report.governorKeyMade) {
      terminal.write(
        `the governor’s key is ${report.governorKey}: whoever has it makes the rules, ` +
          'and without it they never change again: keep it, and keep it off this host\n',
      );
    }
    terminal.write(`start the node with: selvage node --data ${data}\n`);
  });
}

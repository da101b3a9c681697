import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addWorkloadOptions, sidecarOptions, type WorkloadFlags } from '../workload-options.ts';

interface SidecarFlags extends WorkloadFlags {
  readonly supervised?: boolean;
  readonly takeOver?: boolean;
}

export function addSidecar(program: Command, context: CliContext): void {
  const command = program
    .command('sidecar')
    .description('run a sidecar for a program that is started otherwise, until Ctrl-C or SIGTERM')
    .option(
      '--supervised',
      'talk to the `selvage run` that started it, on standard input and output',
    )
    .option(
      '--take-over',
      'share the ports of the sidecar that it replaces, which leaves them then',
    );
  command.option(
    '--run <id>',
    'the same for all sidecars of one workload (default: one of its own)',
  );
  command.option(
    '--netns <name>',
    'the network namespace of the program, if it has its own (root): a name, or a path',
  );
  addWorkloadOptions(command, { logLevel: 'info' });
  addExamples(command, [
    ['selvage sidecar --service web --port 8080', 'for a program that listens on 127.0.0.1:8080'],
    [
      'selvage sidecar --service client --upstream web=9001 --upstream ledger=9002',
      'for a program that only calls',
    ],
  ]);
  command.action(async (flags: SidecarFlags) => {
    const { runSidecar } = await import('../../sidecar/index.ts');
    const options = sidecarOptions(context, flags);
    const supervised = flags.supervised === true;
    const takesOver = flags.takeOver === true;
    context.exitWith(await runSidecar({ ...options, supervised, takesOver }));
  });
}

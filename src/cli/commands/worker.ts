import type { Command } from 'commander';
import type { WorkerOptions } from '../../sidecar/index.ts';
import type { CliContext } from '../context.ts';

/** What a sidecar with several workers starts. */
export function addWorker(program: Command, context: CliContext): void {
  program
    .command('worker', { hidden: true })
    .requiredOption('--workload <name>')
    .requiredOption('--log-level <level>')
    .option('--netns <name>')
    .action(async (options: WorkerOptions) => {
      const { runWorker } = await import('../../sidecar/index.ts');
      context.exitWith(await runWorker(options));
    });
}

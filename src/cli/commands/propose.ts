import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addResourceOptions, changeResources, type ResourceOptions } from '../resource-change.ts';
import { addSigningOptions } from '../signing-options.ts';

export function addPropose(program: Command, context: CliContext): void {
  const command = program
    .command('propose')
    .description('let governors and teams know of a change, for them to sign; anybody may');
  addResourceOptions(command);
  addExamples(command, [
    [
      "selvage propose -f shop/ --reason 'the shop may call the warehouse'",
      'its id, and who must sign',
    ],
    ['selvage propose -f payments/ -n payments --dry-run', 'only say whose signature it needs'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(async (options: ResourceOptions) => {
    await changeResources(context, command, options);
  });
}

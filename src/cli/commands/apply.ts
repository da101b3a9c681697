import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addResourceOptions, changeResources, type ResourceOptions } from '../resource-change.ts';
import { addRequiredSigningOptions } from '../signing-options.ts';

export function addApply(program: Command, context: CliContext): void {
  const command = program
    .command('apply')
    .description(
      'put services, registrations, settings and policies in force; where others must sign too, propose them, signed',
    );
  addResourceOptions(command);
  addExamples(command, [
    ['selvage apply -f examples/hello/ --key ./governor.key', 'everything in a directory'],
    ['selvage apply -f policy.cedar --key ./governor.key --dry-run', 'only say what would change'],
  ]);
  addNodeOptions(addRequiredSigningOptions(command)).action(async (options: ResourceOptions) => {
    await changeResources(context, command, options);
  });
}

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

export function addRollback(program: Command, context: CliContext): void {
  const command = program
    .command('rollback')
    .description(
      'make a new version with the content of an old one, to be signed again; authorities, governors and delegations stay as they are',
    )
    .argument('<version>', 'as `selvage history` names it: 7, or payments/3');
  addExamples(command, [
    ['selvage rollback 7 --key ./governor.key', 'what version 7 said, as the next version'],
    ['selvage rollback payments/3 --dry-run', 'only say what would change'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(
    async (version: string, options: ChangeOptions) => {
      const { plannedRollback, versionNamed } = await import('../rollback-plan.ts');
      const { changeTrust } = await import('../trust-change.ts');
      const name = versionNamed(version);
      const told = { reason: `rollback to ${version}`, ...options };
      await changeTrust(context, told, ({ client, held }) =>
        plannedRollback(client, held, name, context.clock.now()),
      );
    },
  );
}

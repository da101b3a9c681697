import type { Command } from 'commander';
import { parseThresholdOption } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

export interface SignersOptions extends ChangeOptions {
  readonly threshold?: number;
}

export const addThreshold = (command: Command): Command =>
  command.option(
    '--threshold <number>',
    'how many must sign from then on (default: as many as now)',
    parseThresholdOption,
  );

export function addGovernorAdd(governor: Command, context: CliContext): void {
  const command = governor
    .command('add')
    .description('let more people govern, by the public halves of their keys')
    .argument('<file...>', 'what `selvage governor new` wrote beside the key, ending in .pub');
  addThreshold(command);
  addExamples(command, [
    [
      'selvage governor add bob.key.pub carol.key.pub --threshold 2 --key ./ada.key',
      'from one governor to 2 of 3',
    ],
  ]);
  addNodeOptions(addSigningOptions(command)).action(
    async (files: readonly string[], options: SignersOptions) => {
      const { changeTrust } = await import('../trust-change.ts');
      const { readPublicKeyFile } = await import('../public-key-file.ts');
      const { withKeys } = await import('../signers.ts');
      const added = files.map(readPublicKeyFile);
      await changeTrust(context, options, async ({ inForce: { governors } }) => ({
        governors: withKeys(governors, added, options.threshold),
      }));
    },
  );
}

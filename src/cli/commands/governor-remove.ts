import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';
import { addThreshold, type SignersOptions } from './governor-add.ts';

export function addGovernorRemove(governor: Command, context: CliContext): void {
  const command = governor
    .command('remove')
    .description('let people govern no longer')
    .argument('<name...>', 'as `selvage governor list` shows it');
  addThreshold(command);
  addExamples(command, [
    ['selvage governor remove carol --key ./ada.key', 'the others sign as many as before'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(
    async (names: readonly string[], options: SignersOptions) => {
      const { changeTrust } = await import('../trust-change.ts');
      const { withoutKeys } = await import('../signers.ts');
      await changeTrust(context, options, async ({ inForce: { governors } }) => ({
        governors: withoutKeys(governors, names, options.threshold),
      }));
    },
  );
}

export function addGovernorRotate(governor: Command, context: CliContext): void {
  const command = governor
    .command('rotate')
    .description('put a new key in the place of one that is lost, stolen or old')
    .argument('<name>', 'whose key, as `selvage governor list` shows it')
    .argument('<file>', 'the public half of the new key');
  addExamples(command, [
    ['selvage governor rotate bob bob-2.key.pub --key ./ada.key', 'after bob has lost his key'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(
    async (name: string, file: string, options: ChangeOptions) => {
      const { changeTrust } = await import('../trust-change.ts');
      const { readPublicKeyFile } = await import('../public-key-file.ts');
      const { withNewKey } = await import('../signers.ts');
      const fresh = readPublicKeyFile(file);
      await changeTrust(context, options, async ({ inForce: { governors } }) => ({
        governors: withNewKey(governors, name, fresh),
      }));
    },
  );
}

import { type Command, Option } from 'commander';
import type { NodeName } from '../../core/index.ts';
import { parseLifeOption, parseNodeNameArgument } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

interface RemoveOptions extends ChangeOptions {
  readonly stolen?: true;
  readonly retireAfter?: number;
}

export function addAuthorityRemove(authority: Command, context: CliContext): void {
  const remove = authority
    .command('remove')
    .description(
      'let a node sign identities no longer; what it signed is renewed by the others, and ends',
    )
    .argument('<node>', 'as `selvage authority list` shows it', parseNodeNameArgument)
    .option('--stolen', 'what it signed counts no longer either, at once')
    .addOption(
      new Option(
        '--retire-after <duration>',
        'when what it signed counts no longer (default: 10m, and a day more where several must sign)',
      )
        .argParser(parseLifeOption)
        .conflicts('stolen'),
    );
  addExamples(remove, [
    ['selvage authority remove n2 --key ./governor.key', 'one that is lost: no request fails'],
    [
      'selvage authority remove n2 --stolen --key ./governor.key',
      'one whose key others may have: the numbers of what authorities sign start anew',
    ],
  ]);
  addNodeOptions(addSigningOptions(remove)).action(
    async (node: NodeName, options: RemoveOptions) => {
      const { placesOf, retirement, retiresAt, unknownAuthority } = await import(
        '../authority-retirement.ts'
      );
      const { changeTrust } = await import('../trust-change.ts');
      await changeTrust(context, options, async ({ inForce }) => {
        const places = placesOf(inForce, node);
        if (places.length === 0) throw unknownAuthority(node, inForce);
        if (options.stolen === true) return { remove: places };
        const now = context.clock.now();
        const change = retirement(inForce, node, retiresAt(inForce, now, options.retireAfter), now);
        if (change === undefined) throw retiresAlready(node);
        return change;
      });
    },
  );
}

const retiresAlready = (node: NodeName): CliError =>
  new CliError('NOTHING_TO_CHANGE', `${node} signs no longer; what it signed is being renewed`, {
    remedy: `See \`selvage authority list\` for its end. If its key was stolen: \`selvage authority remove ${node} --stolen\`.`,
  });

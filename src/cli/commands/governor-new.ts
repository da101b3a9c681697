import type { Command } from 'commander';
import { parseLabelOption } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNewKeyOptions, type NewKeyProtection } from '../passphrase.ts';

interface NewOptions extends NewKeyProtection {
  readonly out: string;
}

export function addGovernorNew(governor: Command, context: CliContext): void {
  const command = governor
    .command('new')
    .description('make a key for a governor, or for one of a team; it needs no node')
    .argument('<name>', 'what the person is called', parseLabelOption)
    .requiredOption(
      '--out <file>',
      'where the private half goes; the public one beside it, as .pub',
    );
  addNewKeyOptions(command);
  addExamples(command, [
    ['selvage governor new bob --out ./bob.key', 'asks twice for a passphrase'],
    [
      'selvage governor new deploy --out ./deploy.key --no-passphrase',
      'for a machine, which nobody asks',
    ],
  ]);
  command.action(async (name: string, { out, ...protection }: NewOptions) => {
    const { makeGovernorKey } = await import('../governor-key.ts');
    const { formatPublicKey, publicPathOf } = await import('../public-key-file.ts');
    const made = await makeGovernorKey(context, { name, path: out }, protection);
    made.keep();
    const { terminal } = context;
    terminal.write(`${formatPublicKey(made.named)}\n`);
    terminal.writeError(
      `${out} is the private half, for ${name} alone; hand ${publicPathOf(out)} to the governors\n`,
    );
  });
}

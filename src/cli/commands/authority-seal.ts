import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addPassphraseFile, choosePassphrase, type PassphraseSource } from '../passphrase.ts';

interface SealOptions extends PassphraseSource {
  readonly data: string;
}

export function addAuthoritySeal(authority: Command, context: CliContext): void {
  const seal = authority
    .command('seal')
    .description('encrypt the CA key of a node that does not run: it then starts with a passphrase')
    .requiredOption('--data <dir>', 'data directory of the node');
  addPassphraseFile(seal);
  addExamples(seal, [
    ['selvage authority seal --data ./n1', 'a passphrase is asked twice'],
    [
      'selvage node --data ./n1 --authority-passphrase-file /run/credentials/ca',
      'where nobody types it at the start',
    ],
  ]);
  seal.action(async ({ data, ...source }: SealOptions) => {
    const { sealAuthorityKeys } = await import('../../node/index.ts');
    await sealAuthorityKeys(data, () => choosePassphrase(context, 'the CA key', source));
    context.terminal.write(
      `the CA key in ${data} is sealed; the node asks for its passphrase at each start\n`,
    );
  });
}

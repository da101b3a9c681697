import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { addPassphraseFile, type PassphraseSource } from '../passphrase.ts';

interface RejectOptions extends NodeSelection, PassphraseSource {
  readonly key: string;
  readonly reason: string;
  readonly out?: string;
}

export function addReject(program: Command, context: CliContext): void {
  const command = program
    .command('reject')
    .description('say for good that your key will not sign a proposal, and why')
    .argument('<proposal>', 'the beginning of its id, or a file of `selvage show --out`')
    .requiredOption('--key <file>', 'the key that will not sign; it never leaves this process')
    .requiredOption('--reason <text>', 'for those who proposed it');
  addPassphraseFile(command).option('--out <file>', 'write it to a file for `selvage submit`');
  addExamples(command, [
    [
      "selvage reject 3f9a --key ./bob.key --reason 'the shop must not read ledgers'",
      'once too few are left who may sign, it is over',
    ],
  ]);
  addNodeOptions(command).action(async (idOrFile: string, options: RejectOptions) => {
    const { encodeVerdict, signRejection } = await import('../../governance/index.ts');
    const { loadProposal } = await import('../proposal-at-hand.ts');
    const { sayProgress } = await import('../proposal-words.ts');
    const { openSigner } = await import('../signing.ts');
    const { terminal } = context;
    const { held, proposal } = await loadProposal(context, options, idOrFile);
    const { signer, mesh } = await openSigner(context, options, held);
    const rejection = encodeVerdict(signRejection(signer, proposal.id, options.reason));
    mesh.introduce();
    mesh.remember();
    if (options.out === undefined) {
      const client = await connectToNode(context, options);
      sayProgress(terminal, await client.reject({ rejection }), 'rejected');
      return;
    }
    const { writeNewFile } = await import('../new-file.ts');
    writeNewFile(options.out, rejection);
    terminal.write(`where a node runs: selvage submit ${options.out}\n`);
  });
}

import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { addPassphraseFile, type PassphraseSource } from '../passphrase.ts';
import type { ProposalAtHand } from '../proposal-at-hand.ts';

interface RejectOptions extends NodeSelection, PassphraseSource {
  readonly key: string;
  readonly reason: string;
  readonly out?: string;
  readonly yes?: boolean;
}

export function addReject(program: Command, context: CliContext): void {
  const command = program
    .command('reject')
    .description('say for good that your key will not sign a proposal, and why')
    .argument('<proposal>', 'the beginning of its id, or a file of `selvage show --out`')
    .requiredOption('--key <file>', 'the key that will not sign; it never leaves this process')
    .requiredOption('--reason <text>', 'for those who proposed it');
  addPassphraseFile(command)
    .option('--out <file>', 'write it to a file for `selvage submit`')
    .option('-y, --yes', 'reject without asking');
  addExamples(command, [
    [
      "selvage reject 3f9a --key ./bob.key --reason 'the shop must not read ledgers'",
      'once too few are left who may sign, it is over',
    ],
  ]);
  addNodeOptions(command).action(async (idOrFile: string, options: RejectOptions) => {
    const { encodeVerdict, signRejection } = await import('../../governance/index.ts');
    const { confirm } = await import('../confirmation.ts');
    const { loadProposal } = await import('../proposal-at-hand.ts');
    const { shortId, sayProgress } = await import('../proposal-words.ts');
    const { openSigner } = await import('../signing.ts');
    const { terminal } = context;
    const found = await loadProposal(context, options, idOrFile);
    const { held, proposal } = found;
    const { signer, mesh } = await openSigner(context, options, held);
    const rejection = encodeVerdict(signRejection(signer, proposal.id, options.reason));
    if (proposal.reason !== '') terminal.write(`reason: ${proposal.reason}\n`);
    for (const line of await linesOf(found)) terminal.write(`${line}\n`);
    mesh.introduce();
    if (options.yes !== true) {
      const id = shortId(proposal.id);
      const question = `reject proposal ${id} for good?`;
      await confirm(context, question, `proposal ${id} was not rejected`, 'go on'); // it lets nothing in
    }
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

/** What cannot come into force can be rejected all the same. */
async function linesOf(proposal: ProposalAtHand): Promise<readonly string[]> {
  const { GovernanceError } = await import('../../governance/index.ts');
  const { detailLines } = await import('../proposal-at-hand.ts');
  try {
    return detailLines(proposal);
  } catch (error) {
    if (!(error instanceof GovernanceError)) throw error;
    return [`it cannot come into force: ${error.message}`];
  }
}

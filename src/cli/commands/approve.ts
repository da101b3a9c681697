import type { Command } from 'commander';
import { visibleText } from '../../core/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { addPassphraseFile, type PassphraseSource } from '../passphrase.ts';

interface ApproveOptions extends NodeSelection, PassphraseSource {
  readonly key: string;
  readonly out?: string;
  readonly yes?: boolean;
}

export function addApprove(program: Command, context: CliContext): void {
  const command = program
    .command('approve')
    .description(
      'show a proposal, and sign it with your key; at the last signature it is published',
    )
    .argument('<proposal>', 'the beginning of its id, or a file of `selvage show --out`')
    .requiredOption('--key <file>', 'the key that signs; it never leaves this process');
  addPassphraseFile(command)
    .option(
      '--out <file>',
      'write the signature to a file for `selvage submit`; with a file as proposal no node is asked',
    )
    .option('-y, --yes', 'sign without asking');
  addExamples(command, [
    ['selvage approve 3f9a --key ./bob.key', 'on any node of the mesh'],
    [
      'selvage approve change.json --key ./bob.key --out approval.json',
      'on a computer without a node, after `selvage show 3f9a --out change.json`',
    ],
  ]);
  addNodeOptions(command).action(async (idOrFile: string, options: ApproveOptions) => {
    const { encodeVerdict, requireOfNow, signProposal } = await import('../../governance/index.ts');
    const { describeVotes } = await import('../../admin/index.ts');
    const { detailLines, loadProposal, partsOf } = await import('../proposal-at-hand.ts');
    const { shortId, sayProgress } = await import('../proposal-words.ts');
    const { partLines } = await import('../signature-words.ts');
    const { confirm } = await import('../confirmation.ts');
    const { openSigner } = await import('../signing.ts');
    const { terminal } = context;
    const found = await loadProposal(context, options, idOrFile);
    const { held, proposal } = found;
    const { signer, mesh } = await openSigner(context, options, held);
    const approval = signProposal(held, proposal, signer);
    requireOfNow(proposal, context.clock.now());
    if (proposal.reason !== '') terminal.write(`reason: ${proposal.reason}\n`);
    const told = found.votes === undefined ? [] : describeVotes(found.votes);
    for (const line of [...detailLines(found), ...told.map(visibleText)]) {
      terminal.write(`${line}\n`);
    }
    const id = shortId(proposal.id);
    mesh.introduce();
    if (options.yes !== true) {
      await confirm(context, `sign proposal ${id}?`, `proposal ${id} was not signed`, 'stop');
    }
    mesh.remember();
    if (options.out === undefined) {
      const client = await connectToNode(context, options);
      sayProgress(terminal, await client.approve({ approval: encodeVerdict(approval) }), 'signed');
      return;
    }
    const { writeNewFile } = await import('../new-file.ts');
    writeNewFile(options.out, encodeVerdict(approval));
    for (const line of partLines(partsOf(found, [approval]))) terminal.write(`${line}\n`);
    terminal.write(
      `${options.out} is the signature; where a node runs: selvage submit ${options.out}\n`,
    );
  });
}

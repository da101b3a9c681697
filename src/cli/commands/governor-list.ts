import type { Command } from 'commander';
import type { NamedKey } from '../../governance/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { type Listing, type OutputFormat, outputOption, printList } from '../output/index.ts';

interface ListOptions extends NodeSelection {
  readonly output: OutputFormat;
}

const keys: Listing<NamedKey> = {
  identify: ({ publicKey }) => publicKey,
  empty: 'nobody governs this mesh',
  columns: [
    { heading: 'NAME', cell: ({ name }) => name },
    { heading: 'KEY', cell: ({ publicKey }) => `ed25519:${publicKey}` },
  ],
};

export function addGovernorList(governor: Command, context: CliContext): void {
  const command = governor
    .command('list')
    .description('who governs, how many of them must sign, and what their keys are bound to')
    .addOption(outputOption());
  addExamples(command, [['selvage governor list', 'compare the SHA-256 with other governors']]);
  addNodeOptions(command).action(async ({ output, ...selection }: ListOptions) => {
    const { connectToNode } = await import('../node-choice.ts');
    const { fetchHeld } = await import('../held-trust.ts');
    const { heldTrust, meshPinOf } = await import('../../governance/index.ts');
    const { fieldLines } = await import('../output/index.ts');
    const held = await fetchHeld(await connectToNode(context, selection));
    const { governors } = heldTrust(held);
    const { rootVersion, trustDomain, rootSha256 } = meshPinOf(held);
    const items = governors.keys;
    const { threshold } = governors;
    const { terminal } = context;
    const list = { items, threshold, trustDomain, rootVersion, rootSha256 };
    printList(terminal, output, keys).draw(list);
    if (output !== 'table') return;
    const lines = fieldLines([
      ['must sign', `${threshold} of ${items.length}`],
      ['mesh', trustDomain],
      ['root', `${rootVersion}, SHA-256 ${rootSha256}`],
    ]);
    terminal.write(`\n${lines.join('\n')}\n`);
  });
}

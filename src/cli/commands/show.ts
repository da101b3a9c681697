import type { Command } from 'commander';
import type { ProposalView } from '../../admin/index.ts';
import { visibleText } from '../../core/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { fieldLines, formatData, type OutputFormat, outputOption } from '../output/index.ts';

interface ShowOptions extends NodeSelection {
  readonly output: OutputFormat;
  readonly out?: string;
}

export function addShow(program: Command, context: CliContext): void {
  const command = program
    .command('show')
    .description('what a proposal would change, who has signed it, and who may')
    .argument('<proposal>', 'the beginning of its id, or a file that --out wrote')
    .addOption(outputOption())
    .option(
      '--out <file>',
      'write it whole, to be looked at and signed on a computer without a node',
    );
  addExamples(command, [
    ['selvage show 3f9a', 'as much of the id as is unique'],
    ['selvage show 3f9a --out change.json', 'then `selvage approve change.json` elsewhere'],
  ]);
  addNodeOptions(command).action(async (idOrFile: string, options: ShowOptions) => {
    const at = await import('../proposal-at-hand.ts');
    if (at.isCarried(idOrFile)) return showCarried(context, idOrFile, options);
    const client = await connectToNode(context, options);
    const view = await at.askFor(client, idOrFile);
    if (options.out !== undefined) {
      const { encodeCarried } = await import('../../governance/index.ts');
      const { writeNewFile } = await import('../new-file.ts');
      writeNewFile(options.out, encodeCarried(await at.fetchProposal(client, view)));
      context.terminal.write(
        `${options.out} carries proposal ${view.id}\n` +
          `sign it with: selvage approve ${options.out} --key FILE --out approval.json\n`,
      );
      return;
    }
    if (options.output !== 'table') {
      context.terminal.write(formatData(view, options.output));
      return;
    }
    // What is over can no longer be held against what is in force; the node remembers what it was.
    const canBeRead = isWaiting(view) && view.body !== undefined;
    const lines = canBeRead ? at.detailLines(await at.fetchProposal(client, view)) : view.diff;
    printLines(context, await describeView(view, lines));
  });
}

async function showCarried(
  context: CliContext,
  path: string,
  { output }: ShowOptions,
): Promise<void> {
  const { changeLines, detailLines, partsOf, readCarried } = await import('../proposal-at-hand.ts');
  const { partLines } = await import('../signature-words.ts');
  const carried = readCarried(path);
  const { id, reason, createdAtMs } = carried.proposal;
  const parts = partsOf(carried, []);
  const createdAt = new Date(createdAtMs).toISOString();
  if (output !== 'table') {
    const diff = changeLines(carried);
    context.terminal.write(formatData({ id, reason, createdAt, parts, diff }, output));
    return;
  }
  const fields = fieldLines([
    ['proposal', id],
    ['reason', reason || 'none was given'],
    ['made at', createdAt],
  ]);
  printLines(context, [...fields, '', ...detailLines(carried), '', ...partLines(parts)]);
}

const isWaiting = ({ state }: ProposalView): boolean => state === 'open' || state === 'ready';

async function describeView(view: ProposalView, diff: readonly string[]): Promise<string[]> {
  const { partLines } = await import('../signature-words.ts');
  const { describeVotes } = await import('../../admin/index.ts');
  const { id, state, reason, createdAt, expiresAt, parts, rejections, problem } = view;
  return [
    ...fieldLines([
      ['proposal', id],
      ['reason', reason || 'none was given'],
      ['made at', createdAt],
      ['waits until', expiresAt],
      ['state', problem === undefined ? state : `${state}: ${problem}`],
    ]),
    '',
    ...(diff.length === 0 ? [unknownChange(state)] : diff),
    '',
    ...partLines(parts),
    ...rejections.map(
      ({ name, reason: why }) => `rejected by ${name}${why === '' ? '' : `: ${why}`}`,
    ),
    ...(isWaiting(view) ? ['', ...describeVotes(view.votes)] : []),
  ];
}

/** A proposal that is over cannot be held against what is in force now. */
const unknownChange = (state: ProposalView['state']): string =>
  state === 'published'
    ? 'it is in force; what it changed: selvage history'
    : 'what it would change is not known here';

function printLines({ terminal }: CliContext, lines: readonly string[]): void {
  terminal.write(`${lines.map(visibleText).join('\n').trimEnd()}\n`);
}

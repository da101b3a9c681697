import type { Command } from 'commander';
import type { PastChange } from '../../admin/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { formatData, type OutputFormat, outputOption } from '../output/index.ts';

interface HistoryOptions extends NodeSelection {
  readonly output: OutputFormat;
}

export function addHistory(program: Command, context: CliContext): void {
  const command = program
    .command('history')
    .description(
      'list what was in force, newest first: who signed each change, and what it changed',
    )
    .addOption(outputOption());
  addExamples(command, [
    ['selvage history', 'the last changes that the node here keeps'],
    ['selvage history -o json', 'the same, for a program'],
  ]);
  addNodeOptions(command).action(async (options: HistoryOptions) => {
    const client = await connectToNode(context, options);
    const { items } = await client.history({});
    const { terminal } = context;
    if (options.output !== 'table') terminal.write(formatData({ items }, options.output));
    else terminal.write(`${items.map(changeLines).join('\n')}\n`);
  });
}

/** One change as a person reads it. */
function changeLines(change: PastChange): string {
  const { publishedAt, publishedBy, adoptedAt, lines, reason, missed } = change;
  const by = publishedBy === undefined ? '' : ` by ${publishedBy}`;
  const when =
    publishedAt === undefined ? `in force here ${adoptedAt}` : `published ${publishedAt}${by}`;
  return [
    `${signedWords(change)}, ${when}`,
    ...(reason === undefined ? [] : [`  because: ${reason}`]),
    ...lines.map((line) => `  ${line}`),
    ...(missed.length === 0
      ? []
      : [`  ${missed.join(', ')}: never in force at this node, which was away or began later`]),
  ].join('\n');
}

const signedWords = ({ parts }: PastChange): string =>
  parts
    .map(({ version, signedBy }) => {
      const names = signedBy.length === 0 ? 'keys that are gone' : signedBy.join(', ');
      return `${version} (signed by ${names})`;
    })
    .join(', ');

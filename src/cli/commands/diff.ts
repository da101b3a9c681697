import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { formatData, type OutputFormat, outputOption } from '../output/index.ts';

interface DiffOptions extends NodeSelection {
  readonly output: OutputFormat;
}

export function addDiff(program: Command, context: CliContext): void {
  const command = program
    .command('diff')
    .description('say what differs between two versions of one list that the node keeps')
    .argument('<from>', 'a version as `selvage history` names it: 7, or payments/3')
    .argument('[to]', 'another version of the same list; default: the one in force')
    .addOption(outputOption());
  addExamples(command, [
    ['selvage diff 5 7', 'what came in with 6 and 7'],
    ['selvage diff payments/2', 'what the team of payments changed since then'],
  ]);
  addNodeOptions(command).action(
    async (from: string, to: string | undefined, options: DiffOptions) => {
      const client = await connectToNode(context, options);
      const difference = await client.difference({ from, ...(to === undefined ? {} : { to }) });
      const { terminal } = context;
      if (options.output !== 'table') terminal.write(formatData(difference, options.output));
      else if (difference.lines.length > 0) terminal.write(`${difference.lines.join('\n')}\n`);
      else terminal.writeError(`${difference.from} and ${difference.to} say the same\n`);
    },
  );
}

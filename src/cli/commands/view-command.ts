import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples, type Example } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { type OutputFormat, outputOption, printList, redrawList } from '../output/index.ts';
import type { View } from './views.ts';

interface ViewOptions extends NodeSelection {
  readonly output: OutputFormat;
  readonly watch?: boolean;
}

/** Adds the command that lists what `view` shows: once, or again at each change. */
export function addView<Item>(
  parent: Command,
  context: CliContext,
  view: View<Item>,
  examples: readonly Example[],
): void {
  const command = parent
    .command(view.name)
    .aliases([...view.aliases])
    .description(view.description)
    .addOption(outputOption())
    .option('-w, --watch', 'show it again at each change, until Ctrl-C');
  addExamples(command, examples);
  addNodeOptions(command).action(async (options: ViewOptions) => {
    if (options.watch === true) await watchView(context, view, options);
    else await printView(context, view, options);
  });
}

async function printView<Item>(context: CliContext, view: View<Item>, options: ViewOptions) {
  const client = await connectToNode(context, options);
  printList(context.terminal, options.output, view).draw(await view.list(client));
}

async function watchView<Item>(context: CliContext, view: View<Item>, options: ViewOptions) {
  const client = await connectToNode(context, options);
  const drawing = redrawList(context.terminal, options.output, view);
  const signal = context.stopSignal();
  for await (const kind of client.changes(signal)) {
    if (view.kinds.includes(kind)) drawing.draw(await view.list(client));
  }
  if (!signal.aborted) {
    throw new CliError('NODE_NOT_FOUND', 'the node ended, and with it the watch');
  }
}

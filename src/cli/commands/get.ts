import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { type OutputFormat, outputOption, printList, redrawList } from '../output/index.ts';
import { evidenceView } from './evidence-view.ts';
import { membersView } from './members-view.ts';
import { endpointsView, nodesView, servicesView, type View, workloadsView } from './views.ts';

interface GetOptions extends NodeSelection {
  readonly output: OutputFormat;
  readonly watch?: boolean;
}

export function addGet(program: Command, context: CliContext): void {
  const get = program.command('get').description('list what the mesh consists of');
  addExamples(get, [
    ['selvage get nodes', 'the nodes, as a table'],
    ['selvage get endpoints -o json', 'all that is known of each endpoint'],
    ['selvage get services --watch', 'redraw the table at each change, until Ctrl-C'],
  ]);
  addView(get, context, nodesView);
  addView(get, context, membersView);
  addView(get, context, servicesView);
  addView(get, context, endpointsView);
  addView(get, context, workloadsView);
  addView(get, context, evidenceView);
}

function addView<Item>(get: Command, context: CliContext, view: View<Item>): void {
  const command = get
    .command(view.name)
    .aliases([...view.aliases])
    .description(view.description)
    .addOption(outputOption())
    .option('-w, --watch', 'show it again at each change, until Ctrl-C');
  addExamples(command, [[`selvage get ${view.name} -o yaml`, 'as YAML, for a program']]);
  addNodeOptions(command).action(async (options: GetOptions) => {
    if (options.watch === true) await watchView(context, view, options);
    else await printView(context, view, options);
  });
}

async function printView<Item>(context: CliContext, view: View<Item>, options: GetOptions) {
  const client = await connectToNode(context, options);
  printList(context.terminal, options.output, view).draw(await view.list(client));
}

async function watchView<Item>(context: CliContext, view: View<Item>, options: GetOptions) {
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

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { evidenceView } from './evidence-view.ts';
import { membersView } from './members-view.ts';
import { revocationsView } from './revocations-view.ts';
import { addView } from './view-command.ts';
import { endpointsView, nodesView, servicesView, type View, workloadsView } from './views.ts';

export function addGet(program: Command, context: CliContext): void {
  const get = program.command('get').description('list what the mesh consists of');
  addExamples(get, [
    ['selvage get nodes', 'the nodes, as a table'],
    ['selvage get endpoints -o json', 'all that is known of each endpoint'],
    ['selvage get services --watch', 'redraw the table at each change, until Ctrl-C'],
  ]);
  const add = <Item>(view: View<Item>) =>
    addView(get, context, view, [[`selvage get ${view.name} -o yaml`, 'as YAML, for a program']]);
  add(nodesView);
  add(membersView);
  add(servicesView);
  add(endpointsView);
  add(workloadsView);
  add(revocationsView);
  add(evidenceView);
}

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addGovernorAdd } from './governor-add.ts';
import { addGovernorList } from './governor-list.ts';
import { addGovernorNew } from './governor-new.ts';
import { addGovernorRemove, addGovernorRotate } from './governor-remove.ts';

export function addGovernor(program: Command, context: CliContext): void {
  const governor = program
    .command('governor')
    .description('make keys of governors, and decide who they are and how many must sign');
  addGovernorNew(governor, context);
  addGovernorList(governor, context);
  addGovernorAdd(governor, context);
  addGovernorRemove(governor, context);
  addGovernorRotate(governor, context);
}

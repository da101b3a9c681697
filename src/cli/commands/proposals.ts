import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { proposalsView } from './proposals-view.ts';
import { addView } from './view-command.ts';

export function addProposals(program: Command, context: CliContext): void {
  addView(program, context, proposalsView, [
    ['selvage proposals', 'what waits for whose signature'],
    ['selvage proposals --watch', 'again at each signature'],
  ]);
}

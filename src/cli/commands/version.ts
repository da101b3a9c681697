import type { Command } from 'commander';
import { PROGRAM_VERSION } from '../../core/index.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';

export function addVersion(program: Command, context: CliContext): void {
  const command = program.command('version').description('print the version of this program');
  addExamples(command, [['selvage version', 'one line, such as 0.1.0']]);
  command.action(() => context.terminal.write(`${PROGRAM_VERSION}\n`));
}

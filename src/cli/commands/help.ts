import type { Command } from 'commander';
import { closest } from '../../core/index.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { fullName, innerCommand } from '../usage.ts';

export function addHelp(program: Command, _context: CliContext): void {
  const command = program
    .command('help')
    .description('say what a command is for and how it is written, as its --help does')
    .argument('[command...]', 'all of them when left out');
  addExamples(command, [
    ['selvage help', 'every command'],
    ['selvage help token create', 'one of them'],
  ]);
  command.action((words: readonly string[]) => {
    words.reduce(within, program).outputHelp();
  });
  program.addHelpText('beforeAll', ({ command: shown }) => {
    refuseUnknown(shown);
    return '';
  });
}

/** Commander shows the help of `selvage` for `selvage gte --help`, as if nothing were wrong. */
function refuseUnknown(group: Command): void {
  const [word = 'help'] = group.args; // which every group has
  const isCommand = word !== 'help' && !word.startsWith('-');
  if (group.commands.length > 0 && isCommand) within(group, word);
}

function within(group: Command, word: string): Command {
  const inner = innerCommand(group, word);
  if (inner !== undefined) return inner;
  const near = closest(
    word,
    group.commands.map((one) => one.name()),
  );
  throw new CliError('COMMAND_LINE_INVALID', `unknown command '${word}'`, {
    remedy: near === undefined ? `See \`${fullName(group)} --help\`.` : `Did you mean ${near}?`,
  });
}

import type { Command, CommanderError } from 'commander';
import { closest } from '../core/index.ts';
import { CliError } from './errors.ts';
import { listExamples } from './examples.ts';
import { fullName, innerCommand, missingFrom, usageLine } from './usage.ts';

const MISSING: ReadonlySet<string> = new Set([
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
]);
/** Mistakes after which a person needs to see the whole line that they should have typed. */
const INCOMPLETE: ReadonlySet<string> = new Set([
  ...MISSING,
  'commander.optionMissingArgument',
  'commander.excessArguments',
]);

/**
 * What is wrong with a command line, and how the command that it names is written.
 *
 * @param program as it was when it gave up on the line
 */
export function commandLineError(error: CommanderError, program: Command): CliError {
  const command = named(program);
  if (error.code === 'commander.help') {
    const remedy = 'Name one of those above.'; // Commander has shown all that there are
    return new CliError('COMMAND_LINE_INVALID', 'a command is missing', { remedy });
  }
  const isMissing = MISSING.has(error.code);
  const misspelt = isMissing ? misspeltFlag(command) : undefined;
  if (misspelt !== undefined) return misspelt;
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /\(?(Did you mean .*\?)\)?/.exec(rest.join('\n'))?.[1];
  const said = isMissing ? `missing: ${missingFrom(command).join(', ')}` : withoutEcho(first);
  return new CliError('COMMAND_LINE_INVALID', said, {
    remedy: suggestion ?? howToWrite(command, error.code),
  });
}

/** The command that the line came to. */
function named(command: Command): Command {
  const [word = ''] = command.args;
  const inner = innerCommand(command, word);
  return inner === undefined ? command : named(inner);
}

/**
 * The flag that a person misspelt where a required one is missing: Commander looks for required ones first, and would
 * only say that it is not there. Undefined when nothing that was typed is near one that the command has.
 */
function misspeltFlag(command: Command): CliError | undefined {
  const flags = command.options.flatMap(({ long }) => long ?? []);
  for (const typed of command.args) {
    const [flag = ''] = typed.split('=');
    const near = flag.startsWith('--') ? closest(flag, flags) : undefined;
    if (near === undefined) continue;
    const remedy = `Did you mean ${near}?`;
    return new CliError('COMMAND_LINE_INVALID', `unknown option '${flag}'`, { remedy });
  }
  return undefined;
}

/** Our words about a value name it: Commander's need not do so before them. Of choices it says all but the value. */
const withoutEcho = (said: string): string =>
  said
    .replace(
      /^option '([^']*)' argument '(.*?)' is invalid\. Allowed choices are (.*)\.$/s,
      "$1: '$2' is none of $3",
    )
    .replace(/^option '([^']*)' argument '.*?' is invalid\. /s, '$1: ')
    .replace(/^command-argument value '.*?' is invalid for argument '([^']*)'\. /s, '<$1>: ');

function howToWrite(command: Command, code: string): string {
  const help = `See \`${fullName(command)} --help\`.`;
  const isOfProgram = code === 'commander.unknownOption' && command.usage().includes('-- <');
  if (!INCOMPLETE.has(code) && !isOfProgram) return help;
  const examples = listExamples(command)
    .slice(0, 1)
    .map(([line]) => `such as: ${line}`);
  const said = isOfProgram ? ['Write -- before the program whose flag it is:'] : [];
  return [...said, usageLine(command), ...examples, help].join('\n       ');
}

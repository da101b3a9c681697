import type { Command, CommanderError } from 'commander';
import { closest } from '../core/index.ts';
import { CliError } from './errors.ts';
import { type Example, listExamples } from './examples.ts';
import { excessOf, fullName, innerCommand, missingFrom, usageLine } from './usage.ts';

/** Mistakes after which a person needs to see the whole line that they should have typed. */
const INCOMPLETE: ReadonlySet<string> = new Set([
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
  'commander.excessArguments',
]);

/**
 * What is wrong with a command line, and how the command that it names is written.
 *
 * @param program as it was when it gave up on the line
 */
export function commandLineError({ code, message }: CommanderError, program: Command): CliError {
  const command = named(program);
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const fix = howToWrite(command, code);
  switch (code) {
    case 'commander.help': // Commander has shown all that there are
      return invalid('a command is missing', 'Name one of those above.');
    case 'commander.missingArgument':
    case 'commander.missingMandatoryOptionValue':
      return misspeltFlag(command) ?? invalid(`missing: ${missingFrom(command).join(', ')}`, fix);
    case 'commander.excessArguments':
      return invalid(`unexpected: ${excessOf(command).join(', ')}`, fix);
    case 'commander.invalidArgument':
      return valueError(first, fix);
    default:
      return invalid(first, /\(?(Did you mean .*\?)\)?/.exec(rest.join('\n'))?.[1] ?? fix);
  }
}

const invalid = (said: string, remedy: string): CliError =>
  new CliError('COMMAND_LINE_INVALID', said, { remedy });

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
    return invalid(`unknown option '${flag}'`, `Did you mean ${near}?`);
  }
  return undefined;
}

const VALUE =
  /^(?:option '([^']*)' argument|command-argument value) '(.*?)' is invalid(?: for argument '([^']*)')?\. (.*)$/s;

/** Our words about a value name it: Commander's need not do so before them. Of choices it says all but the value. */
function valueError(said: string, fix: string): CliError {
  const [, flags, value = '', argument = '', words = said] = VALUE.exec(said) ?? [];
  const name = flags ?? `<${argument}>`;
  const choices = /^Allowed choices are (.*)\.$/.exec(words)?.[1];
  if (choices === undefined) return invalid(`${name}: ${words}`, fix);
  const near = closest(value, choices.split(', '));
  const remedy = near === undefined ? fix : `Did you mean ${near}?`;
  return invalid(`${name}: '${value}' is none of ${choices}`, remedy);
}

function howToWrite(command: Command, code: string): string {
  const help = helpOf(command);
  const isOfProgram = code === 'commander.unknownOption' && command.usage().includes('-- <');
  if (!INCOMPLETE.has(code) && !isOfProgram) return help;
  const said = isOfProgram ? ['Write -- before the program whose flag it is:'] : [];
  const examples = listExamples(command).slice(0, 1);
  return linesOf([...said, usageLine(command), ...examples.map(suchAs), help]);
}

/** How a command is written that has several forms: each of its examples shows one. */
export const formsOf = (command: Command): string =>
  linesOf([usageLine(command), ...listExamples(command).map(suchAs), helpOf(command)]);

const suchAs = ([line]: Example): string => `such as: ${line}`;
const helpOf = (command: Command): string => `See \`${fullName(command)} --help\`.`;
const linesOf = (lines: readonly string[]): string => lines.join('\n       ');

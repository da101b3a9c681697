import type { Command } from 'commander';
import { closest } from '../core/index.ts';
import { CliError } from './errors.ts';

/**
 * The flag that a person misspelt where a required one is missing: Commander looks for required ones first, and would
 * only say that it is not there. Undefined when nothing that was typed is near one that the command has.
 *
 * @param program as it was when it gave up on `args`
 */
export function misspeltFlag(program: Command, args: readonly string[]): CliError | undefined {
  const command = named(program, args);
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

/** The command that the words before the flags name. */
function named(command: Command, [word, ...rest]: readonly string[]): Command {
  const inner = command.commands.find((one) => one.name() === word);
  return inner === undefined ? command : named(inner, rest);
}

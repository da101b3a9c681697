import { Command } from 'commander';
import { EXIT } from '../core/index.ts';
import type { CliContext } from './context.ts';
import { usageLine } from './usage.ts';

/** Adds one command, or one group of them, to the program. */
export type AddCommand = (program: Command, context: CliContext) => void;

const EXIT_CODES = `
Exit codes:
  ${EXIT.ok}  it was done
  ${EXIT.internal}  a fault of ours
  ${EXIT.usage}  the command line, a file or a setting is wrong
  ${EXIT.refused}  the mesh or a rule says no
  ${EXIT.unavailable}  something that is needed does not answer now
  selvage run ends with the exit code of its command.`;

/** A command line of these commands as data and actions; parsing it throws instead of ending the process. */
export function buildProgram(context: CliContext, commands: readonly AddCommand[]): Command {
  const { terminal } = context;
  const program = new Command('selvage')
    .description('A decentralized, secure service mesh without a centre.')
    .option('-v, --verbose', 'print what caused an error, too')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: terminal.write,
      writeErr: terminal.writeError,
      outputError: () => undefined, // reportError prints it, as it does every error
      getOutHasColors: () => terminal.colours.out,
      getErrHasColors: () => terminal.colours.error,
    })
    .helpCommand(false) // there is one of ours
    .configureHelp({ commandUsage: usageLine })
    .addHelpText('after', EXIT_CODES);
  for (const add of commands) add(program, context);
  return program;
}

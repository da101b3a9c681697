import { EXIT } from '../core/index.ts';
import type { CliContext } from './context.ts';
import { buildProgram } from './program.ts';
import { reportError } from './report.ts';

/** Runs one command line to its end, and gives the exit code. Every error is printed, none thrown. */
export async function runCli(surroundings: Omit<CliContext, 'exitWith'>): Promise<number> {
  let exitCode: number = EXIT.ok;
  const context: CliContext = {
    ...surroundings,
    exitWith: (code) => {
      exitCode = code;
    },
  };
  const program = buildProgram(context);
  try {
    await program.parseAsync(asCommand(context.host.args), { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, context.terminal, program.opts().verbose === true);
  }
}

/** `selvage --version` is what people try first; every other flag belongs to a command. */
const asCommand = (args: readonly string[]): string[] =>
  args[0] === '--version' ? ['version'] : [...args];

import { CommanderError } from 'commander';
import { EXIT } from '../core/index.ts';
import { commandLineError } from './command-line-error.ts';
import type { CliContext } from './context.ts';
import { type AddCommand, buildProgram } from './program.ts';
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
  const args = asCommand(context.host.args);
  const program = buildProgram(context, await commandsFor(args));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === EXIT.ok) return EXIT.ok; // help was asked for
    const problem = error instanceof CommanderError ? commandLineError(error, program) : error;
    return reportError(problem, context.terminal, program.opts().verbose === true);
  }
}

/** `selvage --version` is what people try first; every other flag belongs to a command. */
const asCommand = (args: readonly string[]): string[] =>
  args[0] === '--version' ? ['version'] : [...args];

/**
 * Nodes, sidecars and their workers live long, and would keep all other commands and their libraries for nothing.
 * `worker` is for sidecars alone, and shown to nobody.
 */
async function commandsFor([name]: readonly string[]): Promise<readonly AddCommand[]> {
  if (name === 'node') return [(await import('./commands/node.ts')).addNode];
  if (name === 'sidecar') return [(await import('./commands/sidecar.ts')).addSidecar];
  if (name === 'worker') return [(await import('./commands/worker.ts')).addWorker];
  return (await import('./commands/index.ts')).commands;
}

import picocolors from 'picocolors';
import { EXIT, formatProblem, SelvageError } from '../core/index.ts';
import type { Terminal } from '../platform/index.ts';
import { CliError } from './errors.ts';

/** Deepest chain of causes that is printed. */
const MAX_CAUSES = 10;

/**
 * Prints why a command failed, for a person, and gives the exit code that goes with it. What is no
 * SelvageError is a fault of ours: it is printed with its stack.
 */
export function reportError(error: unknown, terminal: Terminal, verbose: boolean): number {
  const { red, bold, dim } = picocolors.createColors(terminal.colours.error);
  const line = (text: string) => terminal.writeError(`${text}\n`);
  if (!(error instanceof SelvageError)) {
    line(`${red(bold('error[INTERNAL]'))}: this should not happen; please report it`);
    line(dim(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    return EXIT.internal;
  }
  if (error instanceof CliError) for (const problem of error.problems) line(formatProblem(problem));
  line(`${red(bold(`error[${error.code}]`))}: ${error.message}`);
  line(`  ${bold('try')}: ${error.remedy}`);
  if (verbose) for (const cause of causesOf(error)) line(dim(`  cause: ${cause}`));
  return EXIT[error.exit];
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let cause = error.cause;
  while (cause !== undefined && causes.length < MAX_CAUSES) {
    causes.push(cause instanceof SelvageError ? `[${cause.code}] ${cause.message}` : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

import { CommanderError } from 'commander';
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
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const known = error instanceof CommanderError ? commandLineError(error) : error;
  const { red, bold, dim } = picocolors.createColors(terminal.colours.error);
  const line = (text: string) => terminal.writeError(`${text}\n`);
  if (!(known instanceof SelvageError)) {
    line(`${red(bold('error[INTERNAL]'))}: this should not happen; please report it`);
    line(dim(known instanceof Error ? (known.stack ?? known.message) : String(known)));
    return EXIT.internal;
  }
  if (known instanceof CliError) for (const problem of known.problems) line(formatProblem(problem));
  line(`${red(bold(`error[${known.code}]`))}: ${known.message}`);
  line(`  ${bold('try')}: ${known.remedy}`);
  if (verbose) for (const cause of causesOf(known)) line(dim(`  cause: ${cause}`));
  return EXIT[known.exit];
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

/** Our words about a value name it: Commander's need not do so before them. Of choices it says all but the value. */
const withoutEcho = (said: string): string =>
  said
    .replace(
      /^option '([^']*)' argument '(.*?)' is invalid\. Allowed choices are (.*)\.$/s,
      "$1: '$2' is none of $3",
    )
    .replace(/^option '([^']*)' argument '.*?' is invalid\. /s, '$1: ')
    .replace(/^command-argument value '.*?' is invalid for argument '([^']*)'\. /s, '<$1>: ');

/** Commander's words, with its suggestion as the remedy. */
function commandLineError({ message, code }: CommanderError): CliError {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const suggestion = /\(?(Did you mean .*\?)\)?/.exec(rest.join('\n'))?.[1];
  const said = code === 'commander.help' ? 'a command is missing' : withoutEcho(first);
  return new CliError(
    'COMMAND_LINE_INVALID',
    said,
    suggestion === undefined ? {} : { remedy: suggestion },
  );
}

import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';

/** What happens where nobody can answer: what a person wrote alone is taken as meant, what others wrote is not. */
export type WhenAlone = 'go on' | 'stop';

/**
 * Asks whether to go on.
 *
 * @throws CliError NOT_CONFIRMED; `undone` says what was not done then
 */
export async function confirm(
  { terminal }: CliContext,
  question: string,
  undone: string,
  whenAlone: WhenAlone,
): Promise<void> {
  const answer = await terminal.ask(`${question} [y/N] `);
  if (answer === undefined ? whenAlone === 'go on' : /^y(es)?$/i.test(answer)) return;
  throw new CliError('NOT_CONFIRMED', undone);
}

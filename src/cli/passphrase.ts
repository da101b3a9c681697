import type { Command } from 'commander';
import { readSecretFile } from '../platform/index.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';

/** Where a passphrase comes from: a file, or the person at the terminal. Never the command line. */
export interface PassphraseSource {
  readonly passphraseFile?: string;
}

/** How a new key is kept. */
export interface NewKeyProtection extends PassphraseSource {
  /** False with `--no-passphrase`. */
  readonly passphrase: boolean;
}

/** What a thief of the file can guess at 0.7 s a guess; fewer characters are no passphrase. */
const MIN_CHARACTERS = 10;

export const addPassphraseFile = (command: Command): Command =>
  command.option('--passphrase-file <file>', 'its first line opens the key (default: asked)');

export const addNewKeyOptions = (command: Command): Command =>
  command
    .option('--passphrase-file <file>', 'its first line seals the key (default: asked twice)')
    .option('--no-passphrase', 'leave the key open to whoever reads its file');

/**
 * The passphrase that opens the key at `path`; `flag` names a file with it.
 *
 * @throws CliError PASSPHRASE_NEEDED
 */
export async function passphraseOf(
  { terminal }: CliContext,
  path: string,
  { passphraseFile }: PassphraseSource,
  flag = '--passphrase-file',
): Promise<string> {
  if (passphraseFile !== undefined) return readSecretFile(passphraseFile);
  const typed = await terminal.askSecret(`passphrase of ${path}: `);
  if (typed !== undefined) return typed;
  throw new CliError('PASSPHRASE_NEEDED', `${path} is sealed, and nobody is here to be asked`, {
    remedy: `Run the command on a terminal, or name a file of mode 0600 with ${flag}.`,
  });
}

/**
 * A passphrase for the key that is about to be made, asked twice; undefined when it shall have none.
 *
 * @throws CliError PASSPHRASE_NEEDED, PASSPHRASE_UNFIT
 */
export async function newPassphrase(
  context: CliContext,
  path: string,
  { passphrase, ...source }: NewKeyProtection,
): Promise<string | undefined> {
  if (!passphrase) return undefined;
  const remedy =
    'Run the command on a terminal, name a file with --passphrase-file, or leave the key open with --no-passphrase.';
  return choosePassphrase(context, `the new key ${path}`, source, remedy);
}

/**
 * A passphrase for `key`, which is about to be sealed, asked twice; `remedy` says what to do where nobody is.
 *
 * @throws CliError PASSPHRASE_NEEDED, PASSPHRASE_UNFIT
 */
export async function choosePassphrase(
  { terminal }: CliContext,
  key: string,
  { passphraseFile }: PassphraseSource,
  remedy = 'Run the command on a terminal, or name a file of mode 0600 with --passphrase-file.',
): Promise<string> {
  if (passphraseFile !== undefined) return fit(readSecretFile(passphraseFile));
  const typed = await terminal.askSecret(`passphrase for ${key}: `);
  if (typed === undefined) {
    const message = `nobody is here to choose a passphrase for ${key}`;
    throw new CliError('PASSPHRASE_NEEDED', message, { remedy });
  }
  fit(typed);
  if ((await terminal.askSecret('the same again: ')) === typed) return typed;
  throw new CliError('PASSPHRASE_UNFIT', 'the two passphrases differ, so nothing was sealed');
}

function fit(passphrase: string): string {
  if ([...passphrase].length >= MIN_CHARACTERS) return passphrase;
  const message = `the passphrase has fewer than ${MIN_CHARACTERS} characters, so nothing was sealed`;
  throw new CliError('PASSPHRASE_UNFIT', message);
}

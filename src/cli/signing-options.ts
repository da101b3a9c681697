import type { Command } from 'commander';
import { addPassphraseFile } from './passphrase.ts';

const KEY = '--key <file>';

/** Gives a command of a change the flags that say who signs it, and how sure they are. */
export const addSigningOptions = (command: Command): Command =>
  addChangeOptions(command.option(KEY, 'the key that signs at once; it never leaves this process'));

/** As {@link addSigningOptions}, of a command that always signs. */
export const addRequiredSigningOptions = (command: Command): Command =>
  addChangeOptions(command.requiredOption(KEY, 'the key that signs; it never leaves this process'));

const addChangeOptions = (command: Command): Command =>
  addPassphraseFile(command)
    .option('--reason <text>', 'for those who are to sign, and for the history')
    .option('--dry-run', 'say what would change and who must sign, and do nothing')
    .option('-y, --yes', 'go on without asking');

import type { Command } from 'commander';

/** Gives a command the flags that say who signs a change, and how sure they are. */
export const addSigningOptions = (command: Command): Command =>
  command
    .requiredOption('--key <file>', 'the governor’s key; it never leaves this process')
    .option('--dry-run', 'say what would change, and publish nothing')
    .option('-y, --yes', 'publish without asking');

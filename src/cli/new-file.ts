import { pathExists, writeFileAtomic } from '../platform/index.ts';
import { CliError } from './errors.ts';

/**
 * Refuses to go on where a file stands that a command was told to make.
 *
 * @throws CliError COMMAND_LINE_INVALID
 */
export function refuseExisting(path: string): void {
  if (!pathExists(path)) return;
  throw new CliError('COMMAND_LINE_INVALID', `${path} exists already`, {
    remedy: 'Name another file, or take that one away.',
  });
}

/** Writes a file that a command was told to make, and never over another. */
export function writeNewFile(path: string, text: string): void {
  refuseExisting(path);
  writeFileAtomic(path, text);
}

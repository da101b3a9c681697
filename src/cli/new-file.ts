import { pathExists, writeFileAtomic } from '../platform/index.ts';
import { CliError } from './errors.ts';

/** Writes a file that a command was told to make, and never over another. */
export function writeNewFile(path: string, text: string): void {
  if (pathExists(path)) {
    throw new CliError('COMMAND_LINE_INVALID', `${path} exists already`, {
      remedy: 'Name another file, or take that one away.',
    });
  }
  writeFileAtomic(path, text);
}

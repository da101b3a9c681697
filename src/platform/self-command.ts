import { join } from 'node:path';

/** Where the files of a `bun build --compile` binary live at run time. */
const EMBEDDED = '/$bunfs/';

/**
 * How to start this very program again: the single executable alone, or Bun and the command line's
 * source file. Append the command's arguments.
 */
export function selfCommand(): readonly string[] {
  if (import.meta.dir.startsWith(EMBEDDED)) return [process.execPath];
  return [process.execPath, join(import.meta.dir, '..', 'cli', 'main.ts')];
}

import { join } from 'node:path';

/** Where the files of a `bun build --compile` binary live at run time. */
const EMBEDDED = '/$bunfs/';

/** Read at once: the runtime asks the kernel only then, and a file that was replaced meanwhile is `… (deleted)`. */
const EXECUTABLE = process.execPath;

/**
 * How to start this program again, as it lies on the disk now: the single executable alone, or Bun and the
 * command line's source file. Append the command's arguments.
 */
export const selfCommand = (): readonly string[] => commandWith(EXECUTABLE);

/** How to start the very file that this process runs, even when an upgrade has put another in its place. */
export const sameCommand = (): readonly string[] => commandWith('/proc/self/exe');

function commandWith(executable: string): readonly string[] {
  if (import.meta.dir.startsWith(EMBEDDED)) return [executable];
  return [executable, join(import.meta.dir, '..', 'cli', 'main.ts')];
}

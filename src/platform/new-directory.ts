import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PlatformError } from './errors.ts';
import { pathExists } from './files.ts';

/** The absolute form of `path`, seen from where the process runs. */
export const absolutePath = (path: string): string => resolve(path);

/** The last part of `path`: what a directory is called. */
export const directoryName = (path: string): string => basename(resolve(path));

/** Is there something at `path` other than an empty directory? */
export const isOccupied = (path: string): boolean =>
  pathExists(path) && readdirSync(path).length > 0;

/** Others may pass through to what is open to them (`workload.sock`), and see nothing of the rest. */
const PASS_THROUGH = 0o711;

/**
 * Makes a directory (mode 0711) whole or not at all: `fill` works in a hidden directory beside it,
 * which takes its place only when `fill` has succeeded. What a crash left of an earlier attempt is
 * removed first.
 *
 * @throws PlatformError FILE_UNWRITABLE when it cannot be made, or is occupied meanwhile
 */
export async function makeDirectoryWhole<T>(
  path: string,
  fill: (partial: string) => Promise<T>,
): Promise<T> {
  const whole = resolve(path);
  const partial = join(dirname(whole), `.${basename(whole)}.partial`);
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true, mode: 0o700 });
    chmodSync(partial, PASS_THROUGH); // whatever the umask
  } catch (cause) {
    throw new PlatformError('FILE_UNWRITABLE', `${partial} cannot be made`, { cause });
  }
  try {
    const filled = await fill(partial);
    renameSync(partial, whole); // replaces an empty directory, and nothing else (rename(2))
    return filled;
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    throw cause instanceof Error && 'syscall' in cause
      ? new PlatformError('FILE_UNWRITABLE', `${whole} cannot be made`, { cause })
      : cause;
  }
}

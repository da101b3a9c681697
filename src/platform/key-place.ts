import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { PlatformError } from './errors.ts';

/**
 * Refuses a governor's key that lies in `dataDir`, or anywhere in the data directory of a node: a
 * stolen node must not take what is in force along. Symbolic links are followed; the file need not
 * exist yet.
 *
 * @throws PlatformError KEY_IN_DATA_DIRECTORY
 */
export function refuseInside(path: string, dataDir?: string): void {
  const real = realPathOf(path);
  const named = dataDir === undefined ? [] : [realPathOf(dataDir)];
  const holder = [...named, ...foldersAbove(real).filter(isDataDirectory)].find((folder) =>
    isInside(real, folder),
  );
  if (holder !== undefined) {
    const message = `the governor's key ${path} lies in the data directory ${holder}`;
    throw new PlatformError('KEY_IN_DATA_DIRECTORY', message);
  }
}

/** With all links followed; of what does not exist yet, the part that does. */
function realPathOf(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  const parent = dirname(whole);
  return parent === whole ? whole : join(realPathOf(parent), basename(whole));
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...foldersAbove(parent)];
}

const isDataDirectory = (folder: string): boolean =>
  existsSync(join(folder, 'state.db')) || existsSync(join(folder, 'keys', 'node.key'));

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}

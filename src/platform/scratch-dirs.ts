import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScratchDirs } from '../ports/index.ts';
import { PlatformError } from './errors.ts';

/**
 * Throwaway directories below `parent` (default: the system's place for temporary files).
 *
 * @throws PlatformError FILE_UNWRITABLE from `with`, when the directory cannot be made or filled
 */
export function scratchDirs(parent: string = tmpdir()): ScratchDirs {
  return {
    async with(files, use) {
      const path = fresh(parent);
      try {
        fill(path, files);
        return await use(path);
      } finally {
        rmSync(path, { recursive: true, force: true });
      }
    },
  };
}

function fresh(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'selvage-')); // mkdtemp(3) makes it with mode 0700
  } catch (cause) {
    throw new PlatformError('FILE_UNWRITABLE', `no directory can be made in ${parent}`, { cause });
  }
}

function fill(path: string, files: Readonly<Record<string, Uint8Array>>): void {
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(path, name), content, { mode: 0o600, flag: 'wx' });
    }
  } catch (cause) {
    throw new PlatformError('FILE_UNWRITABLE', `${path} cannot be filled`, { cause });
  }
}

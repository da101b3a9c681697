import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlatformError } from './errors.ts';
import { isAbsent } from './system-error.ts';

/**
 * Reads a UTF-8 text file of at most `maxBytes`.
 *
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE, FILE_TOO_LARGE
 */
export function readTextFile(path: string, maxBytes: number): string {
  const size = reading(path, () => statSync(path)).size;
  if (size > maxBytes) {
    const message = `${path} has ${size} bytes; at most ${maxBytes} are read`;
    throw new PlatformError('FILE_TOO_LARGE', message);
  }
  return reading(path, () => readFileSync(path, 'utf8'));
}

/**
 * Is there anything at `path`? A dangling link counts.
 *
 * @throws PlatformError FILE_UNREADABLE where this user may not look
 */
export function pathExists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw new PlatformError('FILE_UNREADABLE', `${path} cannot be read`, { cause });
  }
}

/**
 * The files at `paths`: a file is taken as it is, a directory gives the files in it (sorted, not in
 * its subdirectories or hidden ones) whose names end in one of `extensions` (with the dot).
 *
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE
 */
export function listFiles(paths: readonly string[], extensions: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!reading(path, () => statSync(path)).isDirectory()) return [path];
    return reading(path, () => readdirSync(path, { withFileTypes: true }))
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .filter((name) => extensions.some((extension) => name.endsWith(extension)))
      .sort()
      .map((name) => join(path, name));
  });
}

/**
 * Writes a file so that a reader, or a crash, finds the old content or the new one and never a part:
 * a temporary file beside it, made durable, then renamed over it.
 *
 * @throws PlatformError FILE_UNWRITABLE
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o644): void {
  const temporary = temporaryBeside(path);
  try {
    writeDurably(temporary, content, mode);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new PlatformError('FILE_UNWRITABLE', `${path} cannot be written`, { cause });
  }
}

/** Where what is to become `path` is written first: in one directory, and one for each process. */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);

/** Makes a new file, in place of what an earlier process of this number left; durable when it returns. */
export function writeDurably(path: string, content: string | Uint8Array, mode: number): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes `path` a directory of mode 0700 that belongs to this user, or checks that it is one.
 *
 * @throws PlatformError DIRECTORY_NOT_PRIVATE, FILE_UNWRITABLE
 */
export function ensurePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PlatformError('FILE_UNWRITABLE', `the directory ${path} cannot be made`, { cause });
  }
  const found = lstatSync(path); // a link is not followed: its target may be anyone's
  const mode = found.mode & 0o777;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    const owner = `user ${found.uid}, mode ${mode.toString(8).padStart(4, '0')}`;
    throw new PlatformError('DIRECTORY_NOT_PRIVATE', `${path} is not private: ${owner}`, {
      remedy: `Make it yours and private: \`chown $(id -u) ${path} && chmod 700 ${path}\`.`,
    });
  }
}

/**
 * Refuses a directory that others could change, or a private one (`forbidden` 0o077) that they could
 * look into: one of another user than this one or root, or with any of the `forbidden` rights.
 *
 * @throws PlatformError DIRECTORY_NOT_PRIVATE, FILE_MISSING, FILE_UNREADABLE
 */
export function requireOwnDirectory(path: string, forbidden: 0o022 | 0o077): void {
  const { uid, mode } = reading(path, () => statSync(path));
  const found = (mode & 0o777).toString(8).padStart(4, '0');
  if (uid !== process.getuid?.() && uid !== 0) {
    throw new PlatformError('DIRECTORY_NOT_PRIVATE', `${path} belongs to user ${uid}`, {
      remedy: `Run as that user, or make it yours: \`chown -R $(id -u) ${path}\`.`,
    });
  }
  if ((mode & forbidden) !== 0) {
    const wanted = (mode & 0o777 & ~forbidden).toString(8);
    throw new PlatformError('DIRECTORY_NOT_PRIVATE', `${path} has mode ${found}`, {
      remedy: `Run \`chmod ${wanted} ${path}\`. If others use this host, take its keys for stolen.`,
    });
  }
}

/** Removes a file; one that is not there is fine. */
export const removeFile = (path: string): void => rmSync(path, { force: true });

/**
 * What `read` finds at `path`.
 *
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE
 */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw isAbsent(cause)
      ? new PlatformError('FILE_MISSING', `${path} does not exist`, { cause })
      : new PlatformError('FILE_UNREADABLE', `${path} cannot be read`, { cause });
  }
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/** Below `/proc`; what cannot be read is undefined. */
export const readProcessFile = (path: string): string | undefined =>
  ifThere(() => readFileSync(`/proc/${path}`, 'utf8'));

export const listProcessFiles = (path: string): readonly string[] =>
  ifThere(() => readdirSync(`/proc/${path}`)) ?? [];

export const readProcessLink = (path: string): string | undefined =>
  ifThere(() => readlinkSync(`/proc/${path}`));

/** A process may end while it is looked at, and may be another user's, or not to be read: then it has no facts. */
const NOT_SHOWN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** Does the kernel not show what was asked of a process? */
export const isNotShown = (error: unknown): boolean => NOT_SHOWN.has(systemErrorCode(error) ?? '');

/** What `read` finds of a process; undefined when it is not shown. What else goes wrong is thrown. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isNotShown(error)) return undefined;
    throw error;
  }
}

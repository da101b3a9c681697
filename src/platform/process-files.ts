import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/** Below `/proc`; what cannot be read is undefined. */
export const readProcessFile = (path: string): string | undefined =>
  ifThere(() => readFileSync(`/proc/${path}`, 'utf8'));

export const listProcessFiles = (path: string): readonly string[] =>
  ifThere(() => readdirSync(`/proc/${path}`)) ?? [];

export const readProcessLink = (path: string): string | undefined =>
  ifThere(() => readlinkSync(`/proc/${path}`));

/** A process may end while it is looked at, and may be another user's: then it has no facts. */
const ABSENT = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (ABSENT.has(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

import type { EpochMs } from '../ports/index.ts';
import { readProcessFile, readProcessLink } from './process-files.ts';
import { startedAtMs } from './process-start.ts';
import { parentOf } from './process-table.ts';

/** Parents that are looked at: a shell in a supervisor in a service has five. */
const MAX_GENERATIONS = 32;
/** An ancestor may end while the line is read; then it is read again. */
const ATTEMPTS = 3;

/** A process above another one. */
export interface Ancestor {
  readonly pid: number;
  /**
   * Does it run this very program, for this very user? What it calls itself counts for nothing: the kernel
   * says which file it executes, and for whom. Nobody but this user, or root, can make such a process.
   */
  readonly isOurs: boolean;
  /**
   * Does it run a program of the same name, for the same user, as the process below? The kernel lets anybody see
   * that, but a process may name itself as it likes: it is no reason to believe it anything.
   */
  readonly isAlike: boolean;
  readonly startedAtMs: EpochMs;
}

/**
 * The parents of a process, nearest first, as they stood together at one moment: a number that was reused
 * meanwhile is found out, since the kernel gives a child whose parent ends to another ancestor. Empty when
 * they change faster than they can be read.
 */
export function ancestorsOf(pid: number): readonly Ancestor[] {
  const own = programOf('self');
  const below = nameOf(pid);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const line = lineOf(pid);
    const ancestors = line.map((above) => ({
      pid: above,
      isOurs: own !== undefined && programOf(above) === own,
      isAlike: below !== undefined && nameOf(above) === below,
      startedAtMs: startedAtMs(above) ?? 0, // one that is gone is found out below
    }));
    if (lineOf(pid).join() === line.join()) return ancestors;
  }
  return [];
}

function lineOf(pid: number): readonly number[] {
  const line: number[] = [];
  let above = parentOf(pid);
  while (above !== undefined && line.length < MAX_GENERATIONS) {
    line.push(above);
    above = parentOf(above);
  }
  return line;
}

/**
 * User and executable. By its path, since an upgrade replaces the file below what runs on: proc_pid_exe(5)
 * marks such a path. All four user ids (proc_pid_status(5)) are compared: none was ever another's.
 */
function programOf(pid: number | 'self'): string | undefined {
  const users = usersOf(readProcessFile(`${pid}/status`));
  const path = readProcessLink(`${pid}/exe`)?.replace(/ \(deleted\)$/, '');
  return users === undefined || path === undefined ? undefined : `${users}\t${path}`;
}

/** User and name. By `status` alone, which is shown to every user, unlike the link to the executable. */
function nameOf(pid: number): string | undefined {
  const status = readProcessFile(`${pid}/status`);
  const name = /^Name:\t(.*)$/m.exec(status ?? '')?.[1];
  const users = usersOf(status);
  return name === undefined || users === undefined ? undefined : `${users}\t${name}`;
}

const usersOf = (status: string | undefined): string | undefined =>
  /^Uid:\t(.*)$/m.exec(status ?? '')?.[1];

import { closeSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { PlatformError } from './errors.ts';
import { readSocketOption } from './socket-option.ts';
import { systemErrorCode } from './system-error.ts';

/** Linux `asm-generic/socket.h` */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17; // unix(7): struct ucred of the process that connected
const SO_PEERPIDFD = 77; // since Linux 6.5: a descriptor of that very process, whatever its number

/** Who connected to a unix socket, by the kernel's word. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What the kernel says about a process at the other end of a unix socket. */
export interface PeerProcess extends PeerCredentials {
  /**
   * Absolute path of the running executable. It begins with `(unreachable)` when this path is another
   * file or none for us (deleted, replaced, or in another mount namespace), and is `(unreadable)` when
   * the kernel does not show it to our user: neither ever equals an absolute path.
   */
  readonly executable: string;
}

/**
 * Who connected to the unix socket with descriptor `fd` (SO_PEERCRED).
 * @throws PlatformError PEER_UNKNOWN
 */
export function peerCredentials(fd: number): PeerCredentials {
  const value = new Int32Array(3);
  const [pid = 0, uid = -1, gid = -1] = readSocketOption(fd, SOL_SOCKET, SO_PEERCRED, value)
    ? value
    : [];
  if (pid <= 0) {
    throw new PlatformError('PEER_UNKNOWN', `the kernel names no process behind descriptor ${fd}`);
  }
  return { pid, uid, gid };
}

/**
 * The process that connected to the unix socket with descriptor `fd`. The facts are of that very
 * process and not of a later one with its number: it is still there after they were read. Call it when
 * the connection is accepted. A process that executes another program keeps its number: the facts are
 * of what runs now.
 *
 * @throws PlatformError PEER_UNKNOWN when there is none, or it is gone already
 */
export function peerProcess(fd: number): PeerProcess {
  const credentials = peerCredentials(fd);
  const { pid } = credentials;
  const sameProcess = identityOf(fd, pid);
  try {
    const executable = executableOf(pid);
    if (executable !== undefined && sameProcess.holds()) return { ...credentials, executable };
  } finally {
    sameProcess.close();
  }
  throw new PlatformError('PEER_UNKNOWN', `process ${pid} ended before its facts could be read`);
}

interface ProcessIdentity {
  holds(): boolean;
  close(): void;
}

/** By SO_PEERPIDFD; before Linux 6.5 by the start time, which cannot see a reuse before we looked. */
function identityOf(fd: number, pid: number): ProcessIdentity {
  const value = new Int32Array(1);
  if (readSocketOption(fd, SOL_SOCKET, SO_PEERPIDFD, value)) {
    const [pidFd = -1] = value;
    return {
      // proc_pid_fdinfo(5): Pid is -1 once the process has ended
      holds: () => readProc(`self/fdinfo/${pidFd}`)?.includes(`\nPid:\t${pid}\n`) === true,
      close: () => closeSync(pidFd),
    };
  }
  const started = startTimeOf(pid);
  return {
    holds: () => started !== undefined && startTimeOf(pid) === started,
    close: () => undefined,
  };
}

/** proc_pid_stat(5), field 22; the name in field 2 may hold anything, so fields count from its end. */
function startTimeOf(pid: number): string | undefined {
  const stat = readProc(`${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** See {@link PeerProcess.executable}; undefined when the process is gone. */
function executableOf(pid: number): string | undefined {
  const link = `/proc/${pid}/exe`;
  try {
    const path = readlinkSync(link);
    const running = statSync(link); // follows the kernel's own reference, not the path
    const found = statSync(path, { throwIfNoEntry: false });
    const same = found?.ino === running.ino && found.dev === running.dev;
    return same ? path : `(unreachable)${path}`;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EACCES' || code === 'EPERM') return '(unreadable)';
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Undefined when the process is gone. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

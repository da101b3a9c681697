import { closeSync } from 'node:fs';
import type { EpochMs } from '../ports/index.ts';
import { PlatformError } from './errors.ts';
import { type ExecutableFile, executableOf } from './executable-file.ts';
import { type Ancestor, ancestorsOf } from './own-ancestors.ts';
import { cgroupOf } from './process-cgroup.ts';
import { readProcessFile } from './process-files.ts';
import { startedAtMs, startTicksOf } from './process-start.ts';
import { readSocketOption } from './socket-option.ts';

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
  /** What it runs; `executableSha256` reads the file. */
  readonly executable: ExecutableFile;
  /** As cgroups(7) names it, `/` at the root of the unified hierarchy; undefined without one. */
  readonly cgroup: string | undefined;
  readonly startedAtMs: EpochMs;
  /** Nearest first. */
  readonly ancestors: readonly Ancestor[];
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
    const cgroup = cgroupOf(pid);
    const started = startedAtMs(pid);
    const ancestors = ancestorsOf(pid);
    if (executable !== undefined && started !== undefined && sameProcess.holds()) {
      return { ...credentials, executable, cgroup, startedAtMs: started, ancestors };
    }
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
      holds: () => readProcessFile(`self/fdinfo/${pidFd}`)?.includes(`\nPid:\t${pid}\n`) === true,
      close: () => closeSync(pidFd),
    };
  }
  const started = startTicksOf(pid);
  return {
    holds: () => started !== undefined && startTicksOf(pid) === started,
    close: () => undefined,
  };
}

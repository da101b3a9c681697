import { closeSync, readFileSync } from 'node:fs';
import type { EpochMs } from '../ports/index.ts';
import { PlatformError } from './errors.ts';
import { type ExecutableFile, executableOf } from './executable-file.ts';
import { type Ancestor, ancestorsOf } from './own-ancestors.ts';
import { cgroupOf } from './process-cgroup.ts';
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
  /** What it runs; `executableSha256` reads the file. */
  readonly executable: ExecutableFile;
  /** As cgroups(7) names it, `/` at the root of the unified hierarchy; undefined without one. */
  readonly cgroup: string | undefined;
  /** Nearest first. */
  readonly ancestors: readonly Ancestor[];
  /** When it began, by this host's clock, to some hundredths of a second. */
  readonly startedAtMs: EpochMs;
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
    const ancestors = ancestorsOf(pid);
    const startedAtMs = startedAtMsOf(pid);
    if (executable !== undefined && startedAtMs !== undefined && sameProcess.holds()) {
      return { ...credentials, executable, cgroup, ancestors, startedAtMs };
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

/** In hundredths of a second since the host began, as proc_uptime(5) counts as well. */
const TICK_MS = 10;

function startedAtMsOf(pid: number): EpochMs | undefined {
  const [ticks, uptime] = [startTimeOf(pid), readProc('uptime')?.split(' ')[0]];
  if (ticks === undefined || uptime === undefined) return undefined;
  const ageMs = Number(uptime) * 1_000 - Number(ticks) * TICK_MS;
  return Date.now() - Math.max(0, ageMs);
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

import type { ProcessFacts } from '../identity/index.ts';
import {
  ExecutableDigests,
  type PeerProcess,
  PlatformError,
  peerProcess,
} from '../platform/index.ts';
import type { EpochMs, Log } from '../ports/index.ts';

/** A process at the other end of a unix socket, as the kernel knows it. */
export interface AttestedProcess {
  readonly facts: ProcessFacts;
  /** When it began, which no process can set: one that connects anew is as old as it was. */
  readonly startedAtMs: EpochMs;
  /** The `selvage run` that started it: its parent, if that is one of this node's user. */
  readonly run?: number;
  /** The facts with the digest of the executable, which costs reading the file. */
  measured(): Promise<ProcessFacts>;
}

const UNREADABLE = '(unreadable)';

/** Asks the kernel who connects to this node's sockets. What a process says of itself counts for nothing. */
export class ProcessAttestation {
  readonly #digests = new ExecutableDigests();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * A sidecar, by the descriptor of its connection. Undefined when the process is gone. It is started by
   * `selvage run` when its parent is this very program, for the node's user.
   */
  sidecar(fd: number): AttestedProcess | undefined {
    const peer = peerOf(fd);
    const parent = peer?.ancestors[0];
    return peer && this.#attested(peer, parent?.isOurs === true ? parent.pid : undefined);
  }

  /**
   * Any other caller. It is started by `selvage run` when this very program, for the node's user, is above
   * it, and `isRun` knows that one: it keeps a sidecar that the node has welcomed.
   */
  caller(fd: number, isRun: (pid: number) => boolean): AttestedProcess | undefined {
    const peer = peerOf(fd);
    const run = peer?.ancestors.find(({ pid, isOurs }) => isOurs && isRun(pid));
    return peer && this.#attested(peer, run?.pid);
  }

  #attested(peer: PeerProcess, run: number | undefined): AttestedProcess {
    const { pid, uid, gid, executable, cgroup, startedAtMs } = peer;
    const facts: ProcessFacts = {
      ...{ pid, uid, gid, executable: executable.path },
      ...(cgroup === undefined ? {} : { cgroup }),
      startedByRun: run !== undefined,
    };
    return {
      facts,
      startedAtMs,
      ...(run === undefined ? {} : { run }),
      measured: async () => ({ ...facts, executableSha256: await this.#digest(peer) }),
    };
  }

  async #digest({ pid, executable }: PeerProcess): Promise<string> {
    try {
      return (await this.#digests.of(pid, executable)) ?? UNREADABLE;
    } catch (error) {
      this.#log.error('an executable cannot be read', { pid, path: executable.path, error });
      return UNREADABLE;
    }
  }
}

function peerOf(fd: number): PeerProcess | undefined {
  try {
    return peerProcess(fd);
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'PEER_UNKNOWN') return undefined;
    throw error;
  }
}

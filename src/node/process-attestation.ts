import type { ProcessFacts } from '../identity/index.ts';
import {
  type Ancestor,
  ExecutableDigests,
  type PeerProcess,
  PlatformError,
  peerProcess,
} from '../platform/index.ts';
import type { EpochMs, Log } from '../ports/index.ts';

/** A process at the other end of a unix socket, as the kernel knows it. */
export interface AttestedProcess {
  readonly facts: ProcessFacts;
  /** The `selvage run` above it, or the sidecar that it took over from, as far as that can be told. */
  readonly keeper?: number;
  /**
   * How long it is there already: since the older of the process and its {@link keeper} was started. Who revokes
   * an identity means what ran then, and a young sidecar below an old run stands beside an old application.
   */
  readonly attestedAtMs: EpochMs;
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
   * `selvage run` when its parent is this very program, for the node's user; for any other user, one of the same
   * name makes it older, and nothing else.
   */
  sidecar(fd: number): AttestedProcess | undefined {
    const peer = peerOf(fd);
    const parent = peer?.ancestors[0];
    const isKept = parent?.isOurs === true || parent?.isAlike === true;
    return peer && this.#attested(peer, isKept ? [parent] : []);
  }

  /**
   * Any other caller. Whatever is above it and, as `isKeeper` knows, keeps a sidecar that the node has welcomed
   * makes it older; it is started by `selvage run` when such a one is this very program, for the node's user.
   */
  caller(fd: number, isKeeper: (pid: number) => boolean): AttestedProcess | undefined {
    const peer = peerOf(fd);
    const keepers = peer?.ancestors.filter(({ pid }) => isKeeper(pid)) ?? [];
    return peer && this.#attested(peer, keepers);
  }

  #attested(peer: PeerProcess, keepers: readonly Ancestor[]): AttestedProcess {
    const { pid, uid, gid, executable, cgroup } = peer;
    const [keeper] = keepers;
    const facts: ProcessFacts = {
      pid,
      uid,
      gid,
      executable: executable.path,
      ...(cgroup === undefined ? {} : { cgroup }),
      startedByRun: keepers.some(({ isOurs }) => isOurs),
    };
    return {
      facts,
      ...(keeper === undefined ? {} : { keeper: keeper.pid }),
      attestedAtMs: Math.min(peer.startedAtMs, ...keepers.map(({ startedAtMs }) => startedAtMs)),
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

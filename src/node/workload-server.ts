import type { ServiceKey } from '../core/index.ts';
import type { ProcessFacts } from '../identity/index.ts';
import { listenUnix } from '../platform/index.ts';
import type { Channel, ChannelListener, Clock, Log } from '../ports/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import { type AttestedProcess, ProcessAttestation } from './process-attestation.ts';
import type { SessionHost } from './session-host.ts';
import { ANYBODYS_SOCKET } from './socket-modes.ts';
import { WorkloadSession } from './workload-session.ts';

/** Sidecars of one host; a bound on what its users can make a node hold. */
const MAX_SESSIONS = 4_096;
/** Connections of one user that were not welcomed yet: one user must not take the places of all others. */
const MAX_STRANGERS_PER_USER = 1_024;
/** How long a connection may stay silent before its hello, milliseconds. */
const HELLO_TIMEOUT_MS = 5_000;

export interface WorkloadServerParts {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: Omit<SessionHost, 'claimInstance' | 'clock' | 'limitedLog'> & {
    /** The last sidecar of the workload with that key is gone. */
    readonly left: (workload: string) => void;
  };
}

/** The node's `workload.sock`: attests who connects, and keeps their sessions. */
export class WorkloadServer {
  readonly #parts: WorkloadServerParts;
  readonly #limitedLog: LimitedLog;
  readonly #attestation: ProcessAttestation;
  readonly #sessions = new Set<WorkloadSession>();
  #listener: ChannelListener | undefined;
  #isStopping = false;

  constructor(parts: WorkloadServerParts) {
    this.#parts = parts;
    this.#limitedLog = new LimitedLog(parts.log, parts.clock);
    this.#attestation = new ProcessAttestation(parts.log);
  }

  /** @throws PlatformError SOCKET_IN_USE, SOCKET_PATH_TOO_LONG */
  async start(): Promise<void> {
    this.#listener = await listenUnix(this.#parts.path, ANYBODYS_SOCKET, (channel, fd) =>
      this.#accept(channel, fd),
    );
  }

  /**
   * Ends the sessions. Their endpoints stay announced, as when the process is killed: the sidecars
   * serve on, and are here again after a restart, or their endpoints are withdrawn then.
   */
  stop(): void {
    this.#isStopping = true;
    this.#listener?.stop();
  }

  get sessions(): readonly WorkloadSession[] {
    return [...this.#sessions];
  }

  /** Whoever connects to another socket of this node. */
  attest(fd: number): AttestedProcess | undefined {
    const isKeeper = (pid: number) =>
      this.sessions.some(({ workload, keeper }) => workload !== undefined && keeper === pid);
    return this.#attestation.caller(fd, isKeeper);
  }

  /** Is a living sidecar behind this endpoint record? */
  hasInstance(instance: string): boolean {
    return this.sessions.some(({ workload }) => workload?.hello.instance === instance);
  }

  /** Tells every sidecar what changed for it. */
  refresh(): void {
    this.#tell((session) => session.refresh());
  }

  /** Tells those that call them where these services are now. */
  followEndpoints(services: ReadonlySet<ServiceKey>): void {
    this.#tell((session) => session.followEndpoints(services));
  }

  #tell(tell: (session: WorkloadSession) => void): void {
    for (const session of this.#sessions) {
      try {
        tell(session);
      } catch (error) {
        // It must neither keep what it may have lost nor keep the others from being told: it connects anew.
        this.#parts.log.error('a workload could not be told of a change', { error });
        session.close();
      }
    }
  }

  #isFullFor(uid: number): boolean {
    if (this.#sessions.size >= MAX_SESSIONS) return true;
    if (this.#sessions.size < MAX_STRANGERS_PER_USER) return false;
    const strangers = this.sessions.filter(
      ({ workload, facts }) => workload === undefined && facts.uid === uid,
    );
    return strangers.length >= MAX_STRANGERS_PER_USER;
  }

  #accept(channel: Channel, fd: number) {
    const { clock, log, host } = this.#parts;
    const attested = this.#attestation.sidecar(fd);
    const session = new WorkloadSession(channel, attested ?? nobody, {
      ...host,
      clock,
      limitedLog: this.#limitedLog,
      claimInstance: (instance) => !this.hasInstance(instance),
      withdraw: (instance) => {
        if (!this.#isStopping) host.withdraw(instance);
      },
    });
    if (attested === undefined || this.#isFullFor(attested.facts.uid)) {
      const code = attested === undefined ? 'PEER_UNKNOWN' : 'TOO_MANY_WORKLOADS';
      session.refuse({
        code,
        message:
          attested === undefined ? 'the kernel does not say who you are' : 'the node is full',
        remedy: 'Start the process again; if it persists, look into the node’s log.',
      });
      return session.handlers(() => undefined);
    }
    this.#sessions.add(session);
    const deadline = clock.after(HELLO_TIMEOUT_MS, () => {
      if (session.workload === undefined) channel.close();
    });
    return session.handlers(() => {
      deadline.cancel();
      this.#sessions.delete(session);
      const { workload } = session;
      if (workload !== undefined) {
        log.info('workload left', { spiffeId: workload.spiffeId, pid: session.facts.pid });
        if (!this.sessions.some((other) => other.workload?.key === workload.key)) {
          host.left(workload.key);
        }
        host.changed();
      }
    });
  }
}

const NOBODY: ProcessFacts = { pid: 0, uid: -1, gid: -1, executable: '', startedByRun: false };
const nobody: AttestedProcess = { facts: NOBODY, attestedAtMs: 0, measured: async () => NOBODY };

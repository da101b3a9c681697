import type { NodeName, SpiffeId } from '../core/index.ts';

/** What the kernel says about the process at the other end of the workload socket. */
export interface ProcessFacts {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /**
   * Absolute path of the running executable (`/proc/<pid>/exe`). When it cannot be told it begins with
   * `(unreachable)` or is `(unreadable)`, which no selector equals.
   */
  readonly executable: string;
  /**
   * SHA-256 (hex) of the bytes that run. Undefined before anything hangs on it, since it costs reading the
   * whole file; `(unreadable)` when it cannot be told.
   */
  readonly executableSha256?: string;
  /** Path in the unified hierarchy of control groups, `/` at its root; undefined without one. */
  readonly cgroup?: string;
  /** Is it below a `selvage run` of the user that the node runs as? */
  readonly startedByRun: boolean;
}

/** Which process may hold which identity, on which nodes; a target of the trust repository. */
export interface Registration {
  /** `<namespace>/<name>` of the resource, for logs. */
  readonly key: string;
  readonly spiffeId: SpiffeId;
  readonly nodes: readonly NodeName[] | 'any';
  readonly selectors: {
    /** A numeric user id, or `node`: the user that the node's own process runs as. */
    readonly uid: number | 'node';
    readonly executable?: string;
    readonly gid?: number;
    /** Hex, lower case. */
    readonly sha256?: string;
    /** That control group, or one below it. */
    readonly cgroup?: string;
    readonly startedByRun?: true;
  };
}

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
  };
}

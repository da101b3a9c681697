import type { AdminService } from '../admin/index.ts';
import type { HostProcess, NodeNote, Terminal } from '../platform/index.ts';
import type { Clock } from '../ports/index.ts';

/** Where a person says which node a command asks; see node-choice.ts. */
export interface NodeSelection {
  /** The node's data directory. */
  readonly data?: string;
  readonly adminSocket?: string;
}

/** All that a command may touch, handed in so that a test can stand in for the host. */
export interface CliContext {
  readonly host: HostProcess;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Nodes of this user that run now. */
  findNodes(): readonly NodeNote[];
  /** The admin API behind a socket; nothing is sent before the first request. */
  connect(adminSocket: string): Promise<AdminService>;
  /** Aborts when the person or the system asks the command to end. */
  stopSignal(): AbortSignal;
  /** Sets the exit code of a command that ends otherwise than with 0 or an error. */
  exitWith(code: number): void;
}

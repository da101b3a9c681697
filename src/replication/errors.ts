import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** What this node wanted to say of itself, and could not; and what keeps it from saying anything. */
export const replicationErrors = {
  RECORD_NOT_PLAIN: {
    summary: 'The value of a record is not plain data',
    remedy: 'Use strings, finite numbers, booleans, null, bytes, arrays and plain objects only.',
    exit: 'internal',
  },
  RECORD_MISNAMED: {
    summary: 'A record has a kind or key that records may not have',
    remedy: 'Use a DNS label as kind and 1 to 256 printable ASCII characters as key.',
    exit: 'internal',
  },
  RECORD_TOO_LARGE: {
    summary: 'A record is larger than members take',
    remedy: 'Say less in it, or split it over several keys.',
    exit: 'usage',
  },
  RECORD_QUOTA_REACHED: {
    summary: 'A node has as many records as members take from one writer',
    remedy: 'Run fewer workloads on this node, or add a node.',
    exit: 'refused',
  },
  CREDENTIAL_ENDED: {
    summary: "This node's membership credential has expired, so nobody would take its records",
    remedy: 'Check that an authority can be reached (`selvage status`); it renews by itself.',
    exit: 'unavailable',
  },
  CLOCK_OFF: {
    summary: "This host's clock is more than 5 minutes from that of the other members",
    remedy:
      'Set the clock of this host (`timedatectl` shows whether it is synchronized); the node speaks again by itself.',
    exit: 'unavailable',
  },
  NAME_TAKEN_OVER: {
    summary: 'Another key with a newer credential now owns the name of this node',
    remedy: 'Stop this node: it was replaced. Join again under another name if both are wanted.',
    exit: 'refused',
  },
  BOOT_COUNT_DAMAGED: {
    summary: 'The data directory no longer says how often this node has started',
    remedy:
      'Restore it from a backup, or move it away and join again, with a token made for this node (`selvage token create --name NODE`).',
    exit: 'unavailable',
  },
} as const satisfies ErrorCatalogue;

export class ReplicationError extends SelvageError<keyof typeof replicationErrors> {
  constructor(
    code: keyof typeof replicationErrors,
    message: string,
    options?: ErrorOptionsWithRemedy,
  ) {
    super(replicationErrors, code, message, options);
  }
}

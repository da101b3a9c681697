import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** What stops a node from being made, joining, starting or answering. */
export const nodeErrors = {
  DATA_DIRECTORY_MISSING: {
    summary: 'The data directory is not that of a node',
    remedy: 'Make one with `selvage init` (a new mesh) or `selvage join` (an existing one).',
    exit: 'usage',
  },
  DATA_DIRECTORY_TAKEN: {
    summary: 'The data directory already holds something',
    remedy: 'Choose another directory, or start the node that is in it with `selvage node`.',
    exit: 'usage',
  },
  DATA_DIRECTORY_DAMAGED: {
    summary: 'The data directory lacks something that a node cannot make again',
    remedy:
      'Restore it from a backup, or move it away and join again, with a token made for this node (`selvage token create --name NODE`).',
    exit: 'unavailable',
  },
  KEY_SEALED_ALREADY: {
    summary: 'The CA key is sealed with a passphrase already',
    remedy: 'Nothing is left to do; for another passphrase give the authority new keys.',
    exit: 'usage',
  },
  NAME_INVALID: {
    summary: 'A name breaks the rules for names',
    remedy: 'Follow the rule in the message.',
    exit: 'usage',
  },
  VERSION_MALFORMED: {
    summary: 'What was given as a version is none',
    remedy: 'Write a version as `selvage history` shows it: 7, or payments/3.',
    exit: 'usage',
  },
  VERSION_NOT_KEPT: {
    summary: 'The node does not keep that version of a list',
    remedy: 'Choose a version that `selvage history` shows, or ask another node.',
    exit: 'unavailable',
  },
  VERSIONS_OF_TWO_LISTS: {
    summary: 'Two versions that are to be compared belong to two lists',
    remedy: 'Compare two versions of the governors’ list, or two of one namespace.',
    exit: 'usage',
  },
  NODE_REVOKED: {
    summary: 'This node was revoked: no member takes anything from it any more',
    remedy:
      'Find out why (`selvage get revocations` on another node). If its host is sound again, move its data directory away and join with a new token: selvage token create --name NODE.',
    exit: 'refused',
  },
  IDENTITY_REVOKED: {
    summary: 'The identity was revoked, for all processes that ran by then',
    remedy:
      'Start the workload anew, application and sidecar, once the second of the revocation is over.',
    exit: 'refused',
  },
  REVOCATION_REFUSED: {
    summary: 'An authority does not take back what it was asked to',
    remedy:
      'Follow the reason in the message; of what is more than one authority keeps, rotate its key (`selvage authority rotate`) or revoke it (`selvage revoke authority`).',
    exit: 'refused',
  },
  JOIN_REFUSED: {
    summary: 'The authority did not take the node in',
    remedy: 'Follow the reason that it gave.',
    exit: 'refused',
  },
  JOIN_BROKEN_OFF: {
    summary: 'The conversation with the authority broke off before the node was taken in',
    remedy: 'Try again with the same token; if it lasts, look into the log of the authority.',
    exit: 'unavailable',
  },
  JOIN_UNTRUSTED: {
    summary: 'What answers at the token’s address is not the authority that made the token',
    remedy: 'Check the address; if it is right, somebody stands in between: do not go on.',
    exit: 'refused',
  },
  CLOCK_FAR_OFF: {
    summary: 'This host’s clock is far off',
    remedy: 'Set this host’s clock (chrony, systemd-timesyncd) and try again.',
    exit: 'unavailable',
  },
  LOCALITY_OTHER: {
    summary: 'A node is to run elsewhere than the token that it joined with allows',
    remedy:
      'Take `locality` out of its configuration; or let it join again with a token for where it runs (`selvage token create --name NODE --locality NAME`).',
    exit: 'usage',
  },
  NOT_AN_AUTHORITY: {
    summary: 'The node cannot do what only an authority can',
    remedy: 'Ask an authority; `selvage get nodes` shows which they are.',
    exit: 'refused',
  },
  NO_IDENTITY_ISSUED: {
    summary: 'No authority gave an identity',
    remedy: 'Start an authority, or mend what the message says; `selvage get nodes` shows them.',
    exit: 'unavailable',
  },
  CREDENTIAL_EXPIRED: {
    summary: 'The node’s membership credential has ended',
    remedy:
      'Check the clock (`date -u`). If it is right, make a token for this node on an authority (`selvage token create --name NODE`), move the data directory away, and join again.',
    exit: 'refused',
  },
  CREDENTIAL_WITHDRAWN: {
    summary: 'The authority that signed the node’s membership credential is out of force',
    remedy:
      'Make a token for this node on an authority (`selvage token create --name NODE`), move the data directory away, and join again.',
    exit: 'refused',
  },
  CREDENTIAL_UNUSABLE: {
    summary: 'An authority gave a membership credential that is not good',
    remedy: 'Look at that authority’s clock and log; the node asks again by itself.',
    exit: 'refused',
  },
  KEY_IN_USE_ELSEWHERE: {
    summary: 'Another process runs with the key of this node',
    remedy:
      'A data directory is one node’s: stop one of the two hosts. To make a node of this one, move its data directory away and join, with a token of its own (`selvage token create`).',
    exit: 'refused',
  },
  NODE_STARTING: {
    summary: 'The node has just started and may not say anything to others yet',
    remedy: 'Run the command again in a few seconds.',
    exit: 'unavailable',
  },
  NODE_UNKNOWN: {
    summary: 'No node of that name is known here',
    remedy: '`selvage get nodes` lists the nodes; start the one you mean and wait until it shows.',
    exit: 'usage',
  },
  POLICIES_UNREADABLE: {
    summary: 'The policies in force cannot be read by this version',
    remedy: 'Run the version that the other nodes run, or apply policies that this one reads.',
    exit: 'unavailable',
  },
  SERVICE_UNKNOWN: {
    summary: 'No service of that name is in force',
    remedy: '`selvage get services` lists the services; apply one with `selvage apply -f`.',
    exit: 'usage',
  },
} as const satisfies ErrorCatalogue;

export type NodeErrorCode = keyof typeof nodeErrors;

export class NodeError extends SelvageError<NodeErrorCode> {
  constructor(code: NodeErrorCode, message: string, options?: ErrorOptionsWithRemedy) {
    super(nodeErrors, code, message, options);
  }
}

import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** What the trust repository refuses, in the words of the person who has to act. */
export const governanceErrors = {
  NOT_A_GOVERNOR: {
    summary: 'The key that was given is of nobody whose signature counts for a change',
    remedy:
      'Give the key of somebody whom `selvage governor list` or `selvage delegation list` names.',
    exit: 'refused',
  },
  TRUST_NOT_GENUINE: {
    summary: 'A node handed out a trust repository that its governors did not sign',
    remedy:
      'Ask another node of the mesh, and look at the one that answered: it may be taken over.',
    exit: 'refused',
  },
  TRUST_REFUSED: {
    summary: 'A trust repository did not pass verification',
    remedy: 'Ask another node of the mesh; if all are refused, ask your governors what happened.',
    exit: 'refused',
  },
  TRUST_EXPIRED: {
    summary: 'The trust repository that was offered is past its date',
    remedy:
      'Check the clock of this host (`date -u`). If it is right, start an authority: it renews the date.',
    exit: 'refused',
  },
  PINNED_ROOT_MISMATCH: {
    summary: 'The trust repository that was offered is not the one that the join token names',
    remedy:
      'Make a new token with `selvage token create` on a node that you trust, and join again.',
    exit: 'refused',
  },
  TRUST_DOMAIN_MISMATCH: {
    summary: 'A trust repository belongs to another trust domain',
    remedy: 'Use the data directory, token or node of the mesh that you mean.',
    exit: 'refused',
  },
  TRUST_MISSING: {
    summary: 'The data directory holds no trust repository',
    remedy: 'Found a mesh with `selvage init`, or become a member with `selvage join TOKEN`.',
    exit: 'usage',
  },
  TRUST_CORRUPT: {
    summary: 'The stored trust repository is damaged',
    remedy:
      'Restore the data directory from a backup, or make a new one with `selvage join TOKEN`.',
    exit: 'unavailable',
  },
  TARGET_UNKNOWN: {
    summary: 'Something that is to be removed is not in the trust repository',
    remedy: 'Look at what is there with `selvage get`, and correct the name.',
    exit: 'usage',
  },
  LAST_AUTHORITY: {
    summary: 'A change would leave the mesh without any authority',
    remedy: 'Add another authority with `selvage authority add NODE` first.',
    exit: 'refused',
  },
  AUTHORITY_UNSOUND: {
    summary:
      'A change would list an authority that nobody could rely on, or leave a namespace without one',
    remedy: 'Correct what the message names, and make the change again.',
    exit: 'usage',
  },
  SIGNERS_INVALID: {
    summary: 'Keys or a threshold were named with which nobody could sign',
    remedy: 'Name each key once, and a threshold from 1 to the number of keys.',
    exit: 'usage',
  },
  NAMESPACE_NOT_DELEGATED: {
    summary: 'A namespace that is to be taken back was handed to nobody',
    remedy: 'Look at who holds what with `selvage delegation list`, and correct the name.',
    exit: 'usage',
  },
  CHANGE_TOO_LARGE: {
    summary: 'A change would make the trust repository larger than nodes accept',
    remedy: 'Remove resources that are no longer used, or make policies shorter.',
    exit: 'usage',
  },
  CHANGE_OVERTAKEN: {
    summary: 'Another change was published first',
    remedy:
      'Make the change again, and let it be signed again: it then starts from what is in force now.',
    exit: 'refused',
  },
  CHANGE_REFUSED: {
    summary: 'A signed change did not pass verification and was not published',
    remedy: 'Make the change again with the governor’s key of this mesh.',
    exit: 'refused',
  },
  PROPOSAL_MALFORMED: {
    summary: 'A proposal, an approval or a rejection cannot be read',
    remedy: 'Make the file again with this version of `selvage`, and copy it unchanged.',
    exit: 'usage',
  },
  REASON_UNREADABLE: {
    summary: 'A reason is too long, or holds what cannot be shown on one line',
    remedy: 'Say it in one line of printable characters.',
    exit: 'usage',
  },
  PROPOSAL_MISDATED: {
    summary: 'A proposal is dated later than the node’s clock',
    remedy:
      'Set the clock of the computer that made it, or of the node (`date -u` on both), and propose again.',
    exit: 'refused',
  },
  PROPOSAL_UNKNOWN: {
    summary: 'The node knows no open proposal of that id',
    remedy:
      'See `selvage proposals`; what is over is in `selvage history`. A node that just started may need some seconds.',
    exit: 'usage',
  },
  PROPOSAL_AMBIGUOUS: {
    summary: 'Several proposals begin with that id',
    remedy: 'Give more characters of it.',
    exit: 'usage',
  },
  PROPOSAL_OVERTAKEN: {
    summary: 'Another change was published under the version that a proposal was to have',
    remedy:
      'See in `selvage history` whether it is in force already. If not, propose it again: it then starts from what is.',
    exit: 'refused',
  },
  PROPOSAL_CLOSED: {
    summary: 'A proposal is over, and takes no more signatures',
    remedy: 'Propose it again if it is still wanted.',
    exit: 'refused',
  },
  PROPOSALS_FULL: {
    summary: 'As many proposals are open as the nodes keep',
    remedy: 'Approve or reject those that are open (`selvage proposals`), or wait until they end.',
    exit: 'refused',
  },
  APPROVAL_USELESS: {
    summary: 'A key signed a proposal of which no part asks for it',
    remedy:
      'Sign with the key of a governor, or of the team whose namespace it is; `selvage show ID` names who is missing.',
    exit: 'refused',
  },
  SIGNATURE_WRONG: {
    summary: 'The signature is not that of the key over the proposal',
    remedy: 'Sign the proposal again (`selvage approve ID --key KEY`), and hand in the new file.',
    exit: 'refused',
  },
  VERSIONS_EXHAUSTED: {
    summary: 'An authority used up the version numbers of the trust repository',
    remedy:
      'Remove the authority that did it (`selvage authority remove --stolen`): numbers then start anew.',
    exit: 'refused',
  },
  NO_AUTHORITY_REACHABLE: {
    summary: 'No authority could be reached to publish a change',
    remedy: 'Start an authority (`selvage get nodes` shows them) and run the command again.',
    exit: 'unavailable',
  },
  PUBLISH_BUSY: {
    summary: 'A node has too many changes waiting to be published',
    remedy: 'Run the command again in a few seconds.',
    exit: 'unavailable',
  },
} as const satisfies ErrorCatalogue;

export type GovernanceErrorCode = keyof typeof governanceErrors;

export class GovernanceError extends SelvageError<GovernanceErrorCode> {
  constructor(code: GovernanceErrorCode, message: string, options?: ErrorOptionsWithRemedy) {
    super(governanceErrors, code, message, options);
  }
}

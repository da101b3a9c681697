import {
  type ErrorCatalogue,
  type ErrorOptionsWithRemedy,
  type ExitKind,
  SelvageError,
} from '../core/index.ts';

export const adminErrors = {
  REQUEST_MALFORMED: {
    summary: 'A request to the admin API does not have the form that it asks for',
    remedy: 'Use a `selvage` of the same version as the node.',
    exit: 'usage',
  },
  REQUEST_TOO_LARGE: {
    summary: 'A request to the admin API is larger than the node takes',
    remedy: 'Apply fewer or smaller resources at once.',
    exit: 'usage',
  },
  OPERATION_UNKNOWN: {
    summary: 'The node does not know an operation of the admin API',
    remedy: 'Use a `selvage` of the same version as the node.',
    exit: 'usage',
  },
  WATCHERS_FULL: {
    summary: 'As many programs watch the node for changes as it serves at once',
    remedy: 'End one of the `--watch` commands that run against this node.',
    exit: 'unavailable',
  },
  NODE_FAILED: {
    summary: 'The node failed while it answered; the cause is in its log',
    remedy: 'Read the node’s log; if it shows a fault of ours, please report it.',
    exit: 'internal',
  },
  ANSWER_MALFORMED: {
    summary: 'The node’s answer does not have the form that the command expects',
    remedy: 'Use a `selvage` of the same version as the node.',
    exit: 'internal',
  },
  ANSWER_OVERDUE: {
    summary: 'The node took the command’s question and does not answer it',
    remedy:
      'Check that its process is not stopped (`ps` shows T: `kill -CONT PID`) or stuck (its log), and try again. A change that was sent may be in force all the same.',
    exit: 'unavailable',
  },
} as const satisfies ErrorCatalogue;

/** What the admin API itself refused. */
export class AdminError extends SelvageError<keyof typeof adminErrors> {
  constructor(code: keyof typeof adminErrors, message: string, options?: ErrorOptionsWithRemedy) {
    super(adminErrors, code, message, options);
  }
}

/** An error of any room that a node answered with: its code, words and exit kind are the node's. */
export class AdminClientError extends SelvageError {
  constructor(error: {
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
    readonly exit: ExitKind;
  }) {
    const { code, message, remedy, exit } = error;
    super({ [code]: { summary: message, remedy, exit } }, code, message, { remedy });
  }
}

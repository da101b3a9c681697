import {
  type ErrorCatalogue,
  type ErrorOptionsWithRemedy,
  type Problem,
  SelvageError,
} from '../core/index.ts';

export const cliErrors = {
  COMMAND_LINE_INVALID: {
    summary: 'The command line cannot be understood',
    remedy: 'Run the command with `--help` to see what it takes.',
    exit: 'usage',
  },
  INPUT_INVALID: {
    summary: 'Files or settings have mistakes; each is listed with its place',
    remedy: 'Correct the lines above and run the command again.',
    exit: 'usage',
  },
  NODE_NOT_FOUND: {
    summary: 'No running node of this user was found',
    remedy: 'Start one with `selvage node --data DIR`, or name one with `--data DIR`.',
    exit: 'unavailable',
  },
  ROLLOUT_INCOMPLETE: {
    summary: 'Not all nodes that live enforce a version yet',
    remedy: 'Look into those that are named: `selvage rollout` says why each lags.',
    exit: 'unavailable',
  },
  SEVERAL_MESHES: {
    summary: 'Nodes of several meshes run here, and the command does not say which one is meant',
    remedy: 'Name the node with `--data DIR` or `--admin-socket PATH`.',
    exit: 'usage',
  },
  NOTHING_TO_CHANGE: {
    summary: 'The files that were named hold no resource, or nothing that is in force',
    remedy: 'Name files that end in .yaml, .yml or .cedar, or a directory that holds them.',
    exit: 'usage',
  },
  NAME_UNKNOWN: {
    summary: 'Nothing that the node knows has the name that a command is to act on',
    remedy: 'Correct the name: `selvage get` and the lists of each group show those that are.',
    exit: 'usage',
  },
  POLICY_TEST_FAILED: {
    summary: 'The policies decide otherwise than a table of tests beside them expects',
    remedy: 'Correct the policy, or what the table expects, and see `selvage policy test`.',
    exit: 'refused',
  },
  PROPOSAL_NOT_HERE: {
    summary: 'A node knows of a proposal, and does not have its content',
    remedy: 'Try again in a few seconds, or ask the node where it was proposed.',
    exit: 'unavailable',
  },
  PASSPHRASE_NEEDED: {
    summary: 'A key has, or is to get, a passphrase, and no person is at a terminal to be asked',
    remedy: 'Run the command on a terminal, or name a file of mode 0600 with --passphrase-file.',
    exit: 'usage',
  },
  PASSPHRASE_UNFIT: {
    summary: 'A new passphrase is too short, or was typed in two ways',
    remedy: 'Run the command again, with four or five random words that you will remember.',
    exit: 'usage',
  },
  KEY_OF_ANOTHER_MESH: {
    summary: 'A key that is to found a mesh signs for another one already',
    remedy: 'Name a file that is not there yet with --governor-key: a new key is made.',
    exit: 'usage',
  },
  NOT_CONFIRMED: {
    summary: 'A change was not confirmed, so nothing was signed',
    remedy: 'Answer `y`, or run the command with `--yes` where nobody can answer.',
    exit: 'refused',
  },
} as const satisfies ErrorCatalogue;

export class CliError extends SelvageError<keyof typeof cliErrors> {
  /** Printed one a line before the error itself. */
  readonly problems: readonly Problem[];

  constructor(
    code: keyof typeof cliErrors,
    message: string,
    options: ErrorOptionsWithRemedy & { readonly problems?: readonly Problem[] } = {},
  ) {
    super(cliErrors, code, message, options);
    this.problems = options.problems ?? [];
  }
}

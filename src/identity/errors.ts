import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

export const identityErrors = {
  TOKEN_MALFORMED: {
    summary: 'A text is no join token',
    remedy: 'Copy the whole line that `selvage token create` printed; it begins with selvage1.',
    exit: 'usage',
  },
  TOKEN_EXPIRED: {
    summary: 'The time in which a join token could be used is over',
    remedy: 'Make a new one on an authority: `selvage token create --data DIR`.',
    exit: 'refused',
  },
  TOKEN_USED: {
    summary: 'A join token was used before, by another node',
    remedy:
      'Make a new one: `selvage token create --data DIR`. If none of yours used it, it was stolen: find out which node joined with `selvage get nodes`.',
    exit: 'refused',
  },
  TOKEN_UNKNOWN: {
    summary: 'The authority did not make a join token, or forgot it after its end',
    remedy: 'Make a new one on the authority that you join: `selvage token create --data DIR`.',
    exit: 'refused',
  },
  TOKEN_OTHER_NODE: {
    summary: 'A join token was made for a node of another name',
    remedy: 'Join under the name that the token was made for, or make a token for this name.',
    exit: 'refused',
  },
  TOKEN_OTHER_MESH: {
    summary: 'A join token belongs to another mesh than the data directory',
    remedy: 'Use a token of this mesh, or another data directory for the other mesh.',
    exit: 'refused',
  },
  TOKEN_LIMIT: {
    summary: 'Too many join tokens are open',
    remedy: 'Wait until some have expired, or make them with a shorter life.',
    exit: 'refused',
  },
  INVITATION_MALFORMED: {
    summary: 'A text is no invitation for hosts with a certificate',
    remedy: 'Copy the whole line that `selvage token create --x509pop` printed.',
    exit: 'usage',
  },
  HOST_NOT_VOUCHED: {
    summary: 'No enterprise that the mesh trusts vouches for a host',
    remedy:
      'Follow the reason: give the whole chain below a CA of a NodeAttestation, and the key of the first certificate; `selvage token create` lets a host in without.',
    exit: 'refused',
  },
  CERTIFICATE_OTHER_NODE: {
    summary: "A host's certificate is for a node of another name",
    remedy: 'Join under the name in the certificate, with --name.',
    exit: 'refused',
  },
  CLOCK_SKEW: {
    summary: 'The clocks of two hosts differ too much to judge what is valid',
    remedy: 'Set the clock of this host (`timedatectl` shows it), then try again.',
    exit: 'refused',
  },
  IDENTITY_NOT_REGISTERED: {
    summary: 'No registration lets a process have an identity',
    remedy:
      'Correct --service and --namespace, or register it: `selvage apply -f FILE --key GOVERNOR_KEY` with the entry that is shown.',
    exit: 'refused',
  },
  IDENTITY_AMBIGUOUS: {
    summary: 'A process may have several identities and did not say which one it wants',
    remedy: 'Name one with `--service`.',
    exit: 'usage',
  },
  CSR_REFUSED: {
    summary: 'A certificate request asks for what it may not have',
    remedy: 'Ask with a P-256 key for exactly the identity that the node granted.',
    exit: 'refused',
  },
} as const satisfies ErrorCatalogue;

export type IdentityErrorCode = keyof typeof identityErrors;

export class IdentityError extends SelvageError<IdentityErrorCode> {
  constructor(code: IdentityErrorCode, message: string, options?: ErrorOptionsWithRemedy) {
    super(identityErrors, code, message, options);
  }
}

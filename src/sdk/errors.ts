import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** What a program meets that holds its identity itself. */
export const sdkErrors = {
  ENDPOINT_MISSING: {
    summary: 'Nothing says where the Workload API is',
    remedy:
      'Start the program by `selvage run`, or set SPIFFE_ENDPOINT_SOCKET to unix:// and the path of a node’s spiffe.sock.',
    exit: 'usage',
  },
  ENDPOINT_MALFORMED: {
    summary: 'The address of the Workload API is none',
    remedy: 'Write it as unix:///path/of/spiffe.sock or tcp://IP:PORT.',
    exit: 'usage',
  },
  API_UNAVAILABLE: {
    summary: 'The Workload API gave nothing in the time that it had',
    remedy: 'Check that the node runs, and with `selvage status` that it reaches an authority.',
    exit: 'unavailable',
  },
  IDENTITY_DENIED: {
    summary: 'The process may not have the identity that it asks for',
    remedy:
      'Register it: the log of the node has the entry for it, to be applied with `selvage apply`.',
    exit: 'refused',
  },
  REQUEST_REFUSED: {
    summary: 'The Workload API refuses what it was asked',
    remedy: 'Correct the audience or the token that the message names.',
    exit: 'usage',
  },
} as const satisfies ErrorCatalogue;

export type SdkErrorCode = keyof typeof sdkErrors;

export class SdkError extends SelvageError<SdkErrorCode> {
  constructor(code: SdkErrorCode, message: string, options?: ErrorOptionsWithRemedy) {
    super(sdkErrors, code, message, options);
  }
}

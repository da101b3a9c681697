import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** Refusals to serve at all; what happens to traffic is answered on the wire, never thrown. */
export const proxyErrors = {
  NO_IDENTITY: {
    summary: 'The data plane was asked to accept mutual TLS before it had a certificate',
    remedy: 'This is a defect of the sidecar: report it with its log. Starting it again may help.',
    exit: 'internal',
  },
  BAD_IDENTITY: {
    summary: 'A certificate and its key do not go together, or cannot be read',
    remedy: 'Restart the sidecar, so that it asks its node for a new certificate; report its log.',
    exit: 'internal',
  },
} as const satisfies ErrorCatalogue;

export class ProxyError extends SelvageError<keyof typeof proxyErrors> {
  constructor(
    code: keyof typeof proxyErrors,
    message: string,
    options: ErrorOptionsWithRemedy = {},
  ) {
    super(proxyErrors, code, message, options);
  }
}

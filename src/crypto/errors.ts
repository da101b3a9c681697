import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

export const cryptoErrors = {
  KEY_MALFORMED: {
    summary: 'A key could not be read',
    remedy: 'Restore the file from a backup, or make a new key: what is there is no PKCS8 PEM.',
    exit: 'usage',
  },
  KEY_WRONG_KIND: {
    summary: 'A key is of another kind than the one asked for',
    remedy:
      'Check that the right file was given: node, online and governor keys are Ed25519, CA keys P-256.',
    exit: 'usage',
  },
  CERTIFICATE_MALFORMED: {
    summary: 'A certificate could not be read',
    remedy: 'Restore it from a backup, or let the node make a new one.',
    exit: 'usage',
  },
  KEY_MISMATCH: {
    summary: 'A key and a certificate do not belong together',
    remedy: 'Restore both from the same backup.',
    exit: 'usage',
  },
  DOCUMENT_NOT_JSON: {
    summary: 'Something other than a JSON object was to be signed as a document',
    remedy: 'This is a bug of Selvage: please report it with the log.',
    exit: 'internal',
  },
} as const satisfies ErrorCatalogue;

export class CryptoError extends SelvageError<keyof typeof cryptoErrors> {
  constructor(code: keyof typeof cryptoErrors, message: string, options?: ErrorOptionsWithRemedy) {
    super(cryptoErrors, code, message, options);
  }
}

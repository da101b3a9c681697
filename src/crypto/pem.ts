import { X509Certificate } from 'node:crypto';
import { CryptoError } from './errors.ts';

/**
 * DER of one certificate in PEM.
 * @throws CryptoError CERTIFICATE_MALFORMED
 */
export function certificateDer(pem: string): Uint8Array {
  try {
    return new Uint8Array(new X509Certificate(pem).raw);
  } catch (cause) {
    throw new CryptoError('CERTIFICATE_MALFORMED', 'this is no certificate in PEM', { cause });
  }
}

/** PEM (RFC 7468) of one certificate in DER. */
export const certificateToPem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

import { X509Certificate } from 'node:crypto';
import { sha256Hex } from './digest.ts';
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

/** SHA-256 (hex) of the bytes in a PEM block, whatever they are: how a certificate is called where people read it. */
export const pemSha256 = (pem: string): string =>
  sha256Hex(Buffer.from(pem.replaceAll(/-----[^-]*-----/g, ''), 'base64'));

/**
 * The certificates of a file in PEM, in its order, each in one spelling; what else stands in it is passed over.
 * @throws CryptoError CERTIFICATE_MALFORMED
 */
export const certificatesInPem = (text: string): readonly string[] =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map((block) =>
    certificateToPem(certificateDer(block)),
  );

/** PEM (RFC 7468) of one certificate in DER. */
export const certificateToPem = (der: Uint8Array): string => pemOf('CERTIFICATE', der);

/** PEM (RFC 7468) of DER. */
export const pemOf = (
  label: 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY',
  der: Uint8Array,
): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END ${label}-----\n`;

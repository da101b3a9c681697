import { createPrivateKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { CryptoError } from './errors.ts';
import { certificateDer } from './pem.ts';
import type { Verified } from './verified.ts';

/**
 * What an enterprise's key signs is not ours alone: it speaks TLS as well. As there (RFC 8446 section 4.4.3)
 * 64 spaces and a context stand in front, so that no signature of one protocol is good in the other.
 */
const FRONT = new TextEncoder().encode(`${' '.repeat(64)}selvage/x509pop/v1\0`);

/** Undefined when these are not the key and the certificate (both PEM) of one host. */
export function enterpriseKey(keyPem: string, certificatePem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(keyPem);
    return new X509Certificate(certificatePem).checkPrivateKey(key) ? key : undefined;
  } catch {
    return undefined; // neither is shown: one of them is a secret
  }
}

/** Proves the possession of an enterprise's key: RSA PKCS #1 v1.5 or ECDSA, with SHA-256. */
export const provePossession = (key: KeyObject, challenge: Uint8Array): Uint8Array =>
  new Uint8Array(sign('sha256', Buffer.concat([FRONT, challenge]), key));

/** Did the key of this certificate sign the challenge? Never throws. */
export function hasPossession(
  { publicKey }: Verified<Certificate>,
  challenge: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify('sha256', Buffer.concat([FRONT, challenge]), publicKey, signature);
  } catch {
    return false; // no signature of this kind of key at all
  }
}

/**
 * The certificates of a PEM file, in its order, DER.
 * @throws CryptoError CERTIFICATE_MALFORMED when there is none, or one cannot be read
 */
export function certificateChain(pem: string): Uint8Array[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    throw new CryptoError('CERTIFICATE_MALFORMED', 'there is no certificate in PEM', {
      remedy:
        'Name the file with the certificate in PEM (-----BEGIN CERTIFICATE-----), not its key.',
    });
  }
  return blocks.map(certificateDer);
}

import type { EpochMs } from '../ports/index.ts';
import type { Certificate } from './certificate.ts';
import { OID } from './extensions.ts';

/** The steps of path validation (RFC 5280 section 6.1), stricter where it leaves a choice. Problems are in words. */

/** NIST SP 800-131A revision 2: what may be used now. */
const MIN_RSA_BITS = 2_048;
const CURVES: readonly unknown[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** AlgorithmIdentifiers: RFC 5758 section 3.2, RFC 8017 appendix A.2.4. Nothing with SHA-1 or MD5. */
const SIGNATURES: Readonly<Record<string, string>> = {
  '300a06082a8648ce3d040302': 'ECDSA with SHA-256',
  '300a06082a8648ce3d040303': 'ECDSA with SHA-384',
  '300a06082a8648ce3d040304': 'ECDSA with SHA-512',
  '300d06092a864886f70d01010b0500': 'RSA with SHA-256',
  '300d06092a864886f70d01010c0500': 'RSA with SHA-384',
  '300d06092a864886f70d01010d0500': 'RSA with SHA-512',
};

/** What every certificate of a path must be, leaf, CA or anchor. */
export function useProblem(certificate: Certificate, now: EpochMs): string | undefined {
  const { notBefore, notAfter, extensions, signatureAlgorithm } = certificate;
  if (now < notBefore) return `begins at ${new Date(notBefore).toISOString()}`;
  if (now > notAfter) return `ended at ${new Date(notAfter).toISOString()}`;
  if (SIGNATURES[signatureAlgorithm] === undefined) {
    return 'is not signed by ECDSA or RSA with SHA-256 or longer';
  }
  const [unknown] = extensions.unknownCritical;
  if (unknown !== undefined) return `has the critical extension ${unknown} (hex), not known here`;
  // They are to be critical (RFC 5280 section 4.2.1.10), and CAs are about that are limited by others: passed over,
  // such a CA could name whatever host it likes.
  if (extensions.unknown.includes(OID.nameConstraints)) {
    return 'has name constraints, which nobody here reads';
  }
  return keyProblem(certificate);
}

function keyProblem({ publicKey }: Certificate): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    return bits >= MIN_RSA_BITS
      ? undefined
      : `has an RSA key of ${bits} bits, fewer than ${MIN_RSA_BITS}`;
  }
  const isKnown = type === 'ec' && CURVES.includes(details?.namedCurve);
  return isKnown ? undefined : 'has a key that is neither RSA nor P-256, P-384 or P-521';
}

/** RFC 5280 section 6.1.4 (k) to (n), for a CA below which `below` further CA certificates stand. */
export function issuerProblem({ extensions }: Certificate, below: number): string | undefined {
  const { isAuthority, keyUsage, pathLength } = extensions;
  if (!isAuthority) return 'is no CA certificate (cA is false)';
  if (keyUsage?.keyCertSign !== true) return 'may not sign certificates by its key usage';
  return pathLength === undefined || pathLength >= below
    ? undefined
    : `allows ${pathLength} CA certificates below it, and there are ${below}`;
}

export const isSignedBy = (certificate: Certificate, issuer: Certificate): boolean =>
  certificate.issuer === issuer.subject && certificate.x509.verify(issuer.publicKey);

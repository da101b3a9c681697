import { err, ok, type Result } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { CryptoError } from './errors.ts';
import { OID } from './extensions.ts';
import { certificateDer } from './pem.ts';
import { markVerified, type Verified } from './verified.ts';

/** The host's certificate and those of the CAs between it and the enterprise's. */
export const MAX_ENTERPRISE_CHAIN = 5;
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

/**
 * Decides whether an enterprise vouches for a host: path validation by RFC 5280 section 6, stricter where
 * it leaves a choice. Critical extensions that are not read here, name constraints among them, refuse the
 * path. Never throws; the error is in words.
 *
 * @param chain the host's certificate and those above it, each signed by the next, DER
 * @param anchors CA certificates of the enterprise, PEM; those that cannot be read anchor nothing
 */
export function verifyEnterprisePath(
  chain: readonly Uint8Array[],
  anchors: readonly string[],
  now: EpochMs,
): Result<Verified<Certificate>, string> {
  if (chain.length > MAX_ENTERPRISE_CHAIN) {
    return err(`${chain.length} certificates; at most ${MAX_ENTERPRISE_CHAIN} are read`);
  }
  const [leaf, ...above] = chain.map(readCertificate);
  if (leaf === undefined) return err('there is no certificate');
  if (!leaf.ok) return leaf;
  const between: Certificate[] = [];
  for (const one of above) {
    if (!one.ok) return one;
    between.push(one.value);
  }
  const problem =
    leafProblem(leaf.value) ?? pathProblem([leaf.value, ...between], anchors.flatMap(readPem), now);
  return problem === undefined ? ok(markVerified(leaf.value)) : err(problem);
}

function readPem(pem: string): Certificate[] {
  try {
    const read = readCertificate(certificateDer(pem));
    return read.ok ? [read.value] : [];
  } catch (error) {
    if (error instanceof CryptoError) return [];
    throw error;
  }
}

/** A host's certificate authenticates clients and never signs certificates. */
function leafProblem({ extensions }: Certificate): string | undefined {
  const { isAuthority, keyUsage, extendedKeyUsage } = extensions;
  if (isAuthority) return 'a CA certificate is that of no host';
  if (keyUsage?.keyCertSign || keyUsage?.crlSign) return 'its key usage is that of a CA';
  if (keyUsage !== undefined && !keyUsage.digitalSignature) {
    return 'its key usage lacks digitalSignature';
  }
  return extendedKeyUsage === undefined || extendedKeyUsage.includes(OID.clientAuth)
    ? undefined
    : 'its extended key usage lacks clientAuth';
}

/** From the host's certificate upwards, until one is signed by an anchor. */
function pathProblem(
  path: readonly Certificate[],
  anchors: readonly Certificate[],
  now: EpochMs,
): string | undefined {
  for (const [index, certificate] of path.entries()) {
    const problem = useProblem(certificate, now);
    if (problem !== undefined) return `${placeOf(index)} ${problem}`;
    const anchor = anchors.find((one) => isSignedBy(certificate, one));
    const issuer = anchor ?? path[index + 1];
    if (issuer === undefined) return `no listed CA signed ${placeOf(index)}`;
    const misuse = issuerProblem(issuer, index);
    const place = anchor === undefined ? placeOf(index + 1) : 'the listed CA certificate';
    if (misuse !== undefined) return `${place} ${misuse}`;
    if (anchor !== undefined) {
      const ended = useProblem(anchor, now);
      return ended === undefined ? undefined : `${place} ${ended}`;
    }
    if (!isSignedBy(certificate, issuer)) return `${placeOf(index)} is not signed by the next one`;
  }
  return 'it leads to no listed CA';
}

const placeOf = (index: number): string =>
  index === 0 ? "the host's certificate" : `certificate ${index + 1} of the chain`;

/** What every certificate of a path must be, leaf, CA or anchor. */
function useProblem(certificate: Certificate, now: EpochMs): string | undefined {
  const { notBefore, notAfter, extensions, signatureAlgorithm } = certificate;
  if (now < notBefore) return `begins at ${new Date(notBefore).toISOString()}`;
  if (now > notAfter) return `ended at ${new Date(notAfter).toISOString()}`;
  if (SIGNATURES[signatureAlgorithm] === undefined) {
    return 'is not signed by ECDSA or RSA with SHA-256 or longer';
  }
  const [unknown] = extensions.unknownCritical;
  if (unknown !== undefined) return `has the critical extension ${unknown} (hex), not known here`;
  return keyProblem(certificate);
}

function keyProblem({ publicKey }: Certificate): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    return bits >= MIN_RSA_BITS ? undefined : `has an RSA key of ${bits} bits, fewer than 2048`;
  }
  const isKnown = type === 'ec' && CURVES.includes(details?.namedCurve);
  return isKnown ? undefined : 'has a key that is neither RSA nor P-256, P-384 or P-521';
}

/** RFC 5280 section 6.1.4 (k) to (n), for a CA below which `below` further CA certificates stand. */
function issuerProblem({ extensions }: Certificate, below: number): string | undefined {
  const { isAuthority, keyUsage, pathLength } = extensions;
  if (!isAuthority) return 'is no CA certificate (cA is false)';
  if (keyUsage?.keyCertSign !== true) return 'may not sign certificates by its key usage';
  return pathLength === undefined || pathLength >= below
    ? undefined
    : `allows ${pathLength} CA certificates below it, and there are ${below}`;
}

const isSignedBy = (certificate: Certificate, issuer: Certificate): boolean =>
  certificate.issuer === issuer.subject && certificate.x509.verify(issuer.publicKey);

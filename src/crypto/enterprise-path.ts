import { err, ok, type Result } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { type Certificate, readCertificate, readPem } from './certificate.ts';
import { isSignedBy, issuerProblem, useProblem } from './certificate-link.ts';
import { OID } from './extensions.ts';
import { markVerified, type Verified } from './verified.ts';

/** The host's certificate and those of the CAs between it and the enterprise's. */
export const MAX_ENTERPRISE_CHAIN = 5;

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
    leafProblem(leaf.value) ??
    pathProblem([leaf.value, ...between], anchors.flatMap(readableIn), now);
  return problem === undefined ? ok(markVerified(leaf.value)) : err(problem);
}

function readableIn(pem: string): Certificate[] {
  const read = readPem(pem);
  return read.ok ? [read.value] : [];
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

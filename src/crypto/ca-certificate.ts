import { err, ok, type Result, type TrustDomain, trustDomainId } from '../core/index.ts';
import { type Certificate, readPem } from './certificate.ts';
import { OID } from './extensions.ts';
import { keyKind, type PublicKey } from './keys.ts';

/** A certificate under which an authority may sign, read. */
export interface CaCertificate {
  readonly certificate: Certificate;
  readonly publicKey: PublicKey<'p256'>;
  /** Subject key identifier, hex. */
  readonly keyId: string;
  readonly pem: string;
}

/** Reads one; the error says why the certificate may not be an authority's of `trustDomain`. Dates are not judged. */
export function readCaCertificate(
  trustDomain: TrustDomain,
  pem: string,
): Result<CaCertificate, string> {
  const certificate = readPem(pem);
  if (!certificate.ok) return certificate;
  const problem = authorityProblem(trustDomain, certificate.value);
  if (problem !== undefined) return err(problem);
  const keyId = certificate.value.extensions.subjectKeyId;
  if (keyId === undefined) return err('it has no subject key identifier');
  const publicKey = certificate.value.publicKey as PublicKey<'p256'>; // authorityProblem compared its kind
  return ok({ certificate: certificate.value, publicKey, keyId, pem });
}

/**
 * X509-SVID sections 4 and 5 and RFC 5280 section 4.2.1, for a signing certificate. Who signed it does not matter: it
 * anchors because the governors list it; see `ca-chain.ts`.
 */
function authorityProblem(
  trustDomain: TrustDomain,
  { extensions, publicKey }: Certificate,
): string | undefined {
  const { keyUsage, altNames } = extensions;
  if (keyKind(publicKey) !== 'p256') return 'its key is not P-256';
  if (!extensions.isAuthority) return 'it is no CA certificate (cA is false)';
  if (keyUsage?.critical !== true || !keyUsage.keyCertSign) {
    return 'its key usage does not say, critically, that it signs certificates';
  }
  if (extensions.unknown.includes(OID.nameConstraints)) {
    return 'it has name constraints, which nobody here reads: limit the authority to namespaces';
  }
  if (extensions.unknownCritical.length > 0) return 'it has a critical extension that is not known';
  if (altNames?.uris.length !== 1 || altNames.uris[0] !== trustDomainId(trustDomain)) {
    return `its URI name is not ${trustDomainId(trustDomain)} alone`;
  }
  return undefined;
}

import { type TrustDomain, trustDomainId } from '../core/index.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { CryptoError } from './errors.ts';
import { keyKind, type PublicKey } from './keys.ts';
import { certificateDer } from './pem.ts';

/** A CA certificate of the bundle. Its dates are judged at each use, all else once. */
export interface Anchor {
  readonly certificate: Certificate;
  readonly publicKey: PublicKey<'p256'>;
  /** Subject key identifier, hex. */
  readonly keyId: string;
  readonly pem: string;
}

/**
 * The CA certificates in force of one trust domain, parsed once. A certificate that may not be an
 * authority anchors nothing and is listed in `problems`; the others stand, so that one bad entry does
 * not end the whole mesh. An empty bundle trusts nobody.
 */
export class TrustBundle {
  readonly trustDomain: TrustDomain;
  readonly problems: readonly string[];
  readonly anchors: readonly Anchor[];

  constructor(trustDomain: TrustDomain, pems: readonly string[]) {
    const problems: string[] = [];
    this.trustDomain = trustDomain;
    this.anchors = pems.flatMap((pem, index) => {
      const found = readAnchor(trustDomain, pem);
      if (typeof found !== 'string') return [found];
      problems.push(`CA certificate ${index + 1} of ${pems.length}: ${found}`);
      return [];
    });
    this.problems = problems;
  }

  /** The CA certificates, PEM. */
  get pems(): readonly string[] {
    return this.anchors.map((anchor) => anchor.pem);
  }

  /** Those whose name and key identifier the leaf claims as its issuer's (RFC 5280 section 4.2.1.1). */
  issuersOf(leaf: Certificate): readonly Anchor[] {
    const keyId = leaf.extensions.authorityKeyId;
    return this.anchors.filter(
      (anchor) => anchor.certificate.subject === leaf.issuer && anchor.keyId === keyId,
    );
  }

  /** The CA with this key (SHA-256 of its SubjectPublicKeyInfo, hex), when it is valid at `now`. */
  authority(publicKeySha256: string, now: number): PublicKey<'p256'> | undefined {
    return this.anchors.find(
      ({ certificate }) =>
        certificate.publicKeySha256 === publicKeySha256 &&
        certificate.notBefore <= now &&
        now <= certificate.notAfter,
    )?.publicKey;
  }
}

/** A problem in words when the certificate may not be an authority of `trustDomain`. */
function readAnchor(trustDomain: TrustDomain, pem: string): Anchor | string {
  let der: Uint8Array;
  try {
    der = certificateDer(pem);
  } catch (error) {
    if (error instanceof CryptoError) return error.message;
    throw error;
  }
  const certificate = readCertificate(der);
  if (!certificate.ok) return certificate.error;
  const problem = authorityProblem(trustDomain, certificate.value);
  if (problem !== undefined) return problem;
  const keyId = certificate.value.extensions.subjectKeyId;
  if (keyId === undefined) return 'it has no subject key identifier';
  const publicKey = certificate.value.publicKey as PublicKey<'p256'>; // authorityProblem compared its kind
  return { certificate: certificate.value, publicKey, keyId, pem };
}

/** X509-SVID sections 4 and 5 and RFC 5280 section 4.2.1, for a signing certificate. */
function authorityProblem(
  trustDomain: TrustDomain,
  { extensions, publicKey, x509 }: Certificate,
): string | undefined {
  const { keyUsage, altNames } = extensions;
  if (keyKind(publicKey) !== 'p256') return 'its key is not P-256';
  if (!extensions.isAuthority) return 'it is no CA certificate (cA is false)';
  if (keyUsage?.critical !== true || !keyUsage.keyCertSign) {
    return 'its key usage does not say, critically, that it signs certificates';
  }
  if (extensions.unknownCritical.length > 0) return 'it has a critical extension that is not known';
  if (altNames?.uris.length !== 1 || altNames.uris[0] !== trustDomainId(trustDomain)) {
    return `its URI name is not ${trustDomainId(trustDomain)} alone`;
  }
  return x509.verify(publicKey) ? undefined : 'it is not signed by its own key';
}

import { type Namespace, type SpiffeId, type TrustDomain, workloadOf } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { type CaCertificate, readCaCertificate } from './ca-certificate.ts';
import type { Certificate } from './certificate.ts';
import type { PublicKey } from './keys.ts';
import { Revocations } from './revocations.ts';

/** A CA certificate as the trust set lists it. */
export interface BundleEntry {
  readonly pem: string;
  /** Whose workloads it may sign for. Only `any` may sign what nodes are known by. */
  readonly namespaces: readonly Namespace[] | 'any';
  /** Past it nobody takes what it signed. */
  readonly untilMs?: EpochMs;
}

/** A CA certificate of the bundle. Its dates are judged at each use, all else once. */
export class Anchor implements CaCertificate, BundleEntry {
  readonly certificate: Certificate;
  readonly publicKey: PublicKey<'p256'>;
  readonly keyId: string;
  readonly pem: string;
  readonly namespaces: readonly Namespace[] | 'any';
  readonly untilMs?: EpochMs;

  constructor(ca: CaCertificate, { namespaces, untilMs }: BundleEntry) {
    this.certificate = ca.certificate;
    this.publicKey = ca.publicKey;
    this.keyId = ca.keyId;
    this.pem = ca.pem;
    this.namespaces = namespaces;
    if (untilMs !== undefined) this.untilMs = untilMs;
  }

  /** From when on it is good, and to when: the dates of its certificate, cut to what the governors say. */
  get notBefore(): EpochMs {
    return this.certificate.notBefore;
  }

  get notAfter(): EpochMs {
    return Math.min(this.certificate.notAfter, this.untilMs ?? Number.POSITIVE_INFINITY);
  }

  /** May it sign for this ID? One that is limited to namespaces may for workloads of these, and for nobody else. */
  mayName(id: SpiffeId): boolean {
    if (this.namespaces === 'any') return true;
    const workload = workloadOf(id);
    return workload !== undefined && this.namespaces.includes(workload.namespace);
  }
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
  /** What of all that they signed is good no more. It is a part of the bundle, so that nobody judges without it. */
  readonly revocations: Revocations;
  readonly #entries: readonly BundleEntry[];

  constructor(
    trustDomain: TrustDomain,
    entries: readonly BundleEntry[],
    revocations = Revocations.none,
  ) {
    const problems: string[] = [];
    this.trustDomain = trustDomain;
    this.revocations = revocations;
    this.#entries = entries;
    this.anchors = entries.flatMap((entry, index) => {
      const ca = readCaCertificate(trustDomain, entry.pem);
      if (ca.ok) return [new Anchor(ca.value, entry)];
      problems.push(`CA certificate ${index + 1} of ${entries.length}: ${ca.error}`);
      return [];
    });
    this.problems = problems;
  }

  /** The same CA certificates, and what is revoked in place of what was. */
  revoking(revocations: Revocations): TrustBundle {
    return new TrustBundle(this.trustDomain, this.#entries, revocations);
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

  /** The CA with this key (SHA-256 of its SubjectPublicKeyInfo, hex), when it is good at `now`. */
  authority(publicKeySha256: string, now: EpochMs): Anchor | undefined {
    return this.anchors.find(
      (anchor) =>
        anchor.certificate.publicKeySha256 === publicKeySha256 &&
        anchor.notBefore <= now &&
        now <= anchor.notAfter,
    );
  }
}

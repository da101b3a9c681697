import {
  err,
  type NodeName,
  ok,
  type Result,
  type SpiffeId,
  spiffeTrustDomain,
  type TrustDomain,
} from '../core/index.ts';
import {
  BACKDATE_MS,
  type Issuer,
  issueSvid,
  openIssuer,
  type PrivateKey,
  type PublicKey,
  parseCsr,
} from '../crypto/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter, Random } from '../ports/index.ts';
import { signCredential } from './membership-credential.ts';

/** A freshly signed X509-SVID with the certificate of the authority that signed it. */
export interface IssuedSvid {
  /** Leaf first, PEM. The CA certificate itself is in the bundle, not here. */
  readonly chainPem: readonly string[];
  /** Hex. */
  readonly serial: string;
  readonly notAfter: EpochMs;
}

export interface IssueRefusal {
  /** Closed: these are metric labels. */
  readonly reason: 'bad-request' | 'other-identity' | 'other-trust-domain' | 'authority-expired';
  /** In words, for the log and for the one who asked. */
  readonly detail: string;
}

export interface IssueRequest {
  readonly csrDer: Uint8Array;
  /** The identity that the registrations give; the CSR must ask for this one. */
  readonly expected: SpiffeId;
  readonly lifeMs: number;
}

export interface CredentialRequest {
  readonly node: NodeName;
  /** The node's Ed25519 public key, 32 bytes; the caller has seen proof of its possession. */
  readonly publicKey: Uint8Array;
  readonly epoch: number;
  readonly lifeMs: number;
}

export interface IssuedCredential {
  readonly credential: Uint8Array;
  readonly expiresAt: EpochMs;
}

export interface AuthorityParts {
  readonly trustDomain: TrustDomain;
  readonly key: PrivateKey<'p256'>;
  readonly certificatePem: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * A node that signs identities. Its CA key goes in and never comes out. Whether the bundle in force
 * names it is not its concern: what it signs is worth nothing to anyone before.
 */
export class Authority {
  readonly certificatePem: string;
  /** SHA-256 of its SubjectPublicKeyInfo, hex. */
  readonly keySha256: string;
  readonly #issuer: Issuer;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #issued: Counter<'kind' | 'result'>;

  /** @throws CryptoError when the key and the certificate do not belong together */
  constructor({ trustDomain, key, certificatePem, clock, random, log, meter }: AuthorityParts) {
    this.#issuer = openIssuer(trustDomain, key, certificatePem);
    this.certificatePem = certificatePem;
    this.keySha256 = this.#issuer.certificate.publicKeySha256;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#issued = meter.counter({
      name: 'selvage_identities_issued_total',
      help: 'Identities that this authority was asked to sign, by kind and result',
      labels: ['kind', 'result'],
    });
  }

  /**
   * Signs an X509-SVID for the key of a CSR, if the CSR asks for exactly the expected identity. It
   * never outlives the CA certificate.
   */
  async issue(request: IssueRequest): Promise<Result<IssuedSvid, IssueRefusal>> {
    const now = this.#clock.now();
    const allowed = this.#publicKeyFor(request, now);
    if (!allowed.ok) {
      const { reason, detail } = allowed.error;
      this.#issued.add({ kind: 'x509-svid', result: reason });
      this.#log.warn('svid refused', { spiffeId: request.expected, reason, detail });
      return allowed;
    }
    const { pem, serial, notAfter } = await issueSvid({
      issuer: this.#issuer,
      publicKey: allowed.value,
      spiffeId: request.expected,
      now,
      lifeMs: request.lifeMs,
      random: this.#random,
    });
    this.#issued.add({ kind: 'x509-svid', result: 'issued' });
    this.#log.info('svid issued', { spiffeId: request.expected, serial, notAfter: iso(notAfter) });
    return ok({ chainPem: [pem], serial, notAfter });
  }

  /** Signs a node's membership credential; encoded. It never outlives the CA certificate. */
  issueCredential({ node, publicKey, epoch, lifeMs }: CredentialRequest): IssuedCredential {
    const now = this.#clock.now();
    const { notBefore, notAfter } = this.#issuer.certificate;
    const expiresAt = Math.min(now + lifeMs, notAfter);
    const credential = signCredential(this.#issuer, {
      node,
      publicKey,
      epoch,
      notBefore: Math.max(now - BACKDATE_MS, notBefore),
      expiresAt,
    });
    this.#issued.add({ kind: 'membership-credential', result: 'issued' });
    this.#log.info('membership credential issued', {
      member: node,
      epoch,
      expiresAt: iso(expiresAt),
    });
    return { credential, expiresAt };
  }

  /** The key to sign for, or why not. A CSR's names are never copied: they must equal what is due. */
  #publicKeyFor(
    { csrDer, expected }: IssueRequest,
    now: EpochMs,
  ): Result<PublicKey<'p256'>, IssueRefusal> {
    const { certificate, trustDomain } = this.#issuer;
    if (spiffeTrustDomain(expected) !== trustDomain) {
      return refuse('other-trust-domain', `${expected} is not of ${trustDomain}`);
    }
    if (now > certificate.notAfter) {
      const end = new Date(certificate.notAfter).toISOString();
      return refuse('authority-expired', `the CA certificate ended at ${end}`);
    }
    const csr = parseCsr(csrDer);
    if (!csr.ok) return refuse('bad-request', csr.error);
    return csr.value.spiffeId === expected
      ? ok(csr.value.publicKey)
      : refuse('other-identity', `it asks for ${csr.value.spiffeId}, due is ${expected}`);
  }
}

const refuse = (reason: IssueRefusal['reason'], detail: string) =>
  err<IssueRefusal>({ reason, detail });

const iso = (atMs: EpochMs): string => new Date(atMs).toISOString();

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
  type CsrRefusalReason,
  type Issuer,
  issueSvid,
  openIssuer,
  type PrivateKey,
  type PublicKey,
  parseCsr,
  publicKeySha256,
} from '../crypto/index.ts';
import type { Clock, Counter, EpochMs, Ledger, Log, Meter, Random } from '../ports/index.ts';
import { issuedIdentities } from '../telemetry/index.ts';
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
  readonly reason: CsrRefusalReason | 'other-identity' | 'other-trust-domain' | 'authority-expired';
  /** In words, for the log and for the one who asked. */
  readonly detail: string;
}

export interface IssueRequest {
  readonly csrDer: Uint8Array;
  /** The identity that the registrations give; the CSR must ask for this one. */
  readonly expected: SpiffeId;
  /** The node that attested the workload and asks. */
  readonly node: NodeName;
  /** Version of the governors' list that allows it. */
  readonly trustVersion: number;
  /** It begins no earlier: after the last revocation of its name. Milliseconds since 1970. */
  readonly earliestMs?: EpochMs;
  readonly lifeMs: number;
}

export interface CredentialRequest {
  readonly node: NodeName;
  /** The node's Ed25519 public key, 32 bytes; the caller has seen proof of its possession. */
  readonly publicKey: Uint8Array;
  readonly epoch: number;
  /** Where alone the node may run. */
  readonly locality?: string;
  /** As of an {@link IssueRequest}. */
  readonly earliestMs?: EpochMs;
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
  /** Past it nobody takes what it signs, though its certificate goes on. */
  readonly untilMs?: EpochMs;
  readonly clock: Clock;
  readonly random: Random;
  /** Is told of all that is signed. */
  readonly ledger: Ledger;
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
  /** When what it signs ends at the latest. */
  readonly #endsAt: EpochMs;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #asked: Counter<'kind' | 'result'>;

  /** @throws CryptoError when the key and the certificate do not belong together */
  constructor(parts: AuthorityParts) {
    const { trustDomain, key, certificatePem, clock, random, ledger, log, meter } = parts;
    this.#issuer = openIssuer(trustDomain, key, certificatePem);
    this.certificatePem = certificatePem;
    this.keySha256 = this.#issuer.certificate.publicKeySha256;
    const { notAfter } = this.#issuer.certificate;
    this.#endsAt = Math.min(notAfter, parts.untilMs ?? notAfter);
    this.#clock = clock;
    this.#random = random;
    this.#ledger = ledger;
    this.#log = log;
    this.#asked = issuedIdentities(meter);
  }

  /**
   * Signs an X509-SVID for the key of a CSR, if the CSR asks for exactly the expected identity. It
   * never outlives the CA certificate, nor the authority’s time.
   */
  async issue(request: IssueRequest): Promise<Result<IssuedSvid, IssueRefusal>> {
    const now = this.#clock.now();
    const allowed = this.#publicKeyFor(request, now);
    if (!allowed.ok) {
      const { reason, detail } = allowed.error;
      this.#asked.add({ kind: 'x509-svid', result: reason });
      this.#log.warn('svid refused', { spiffeId: request.expected, reason, detail });
      return allowed;
    }
    const { pem, serial, notBefore, notAfter } = issueSvid({
      issuer: this.#issuer,
      publicKey: allowed.value,
      spiffeId: request.expected,
      askedBy: { node: request.node, trustVersion: request.trustVersion },
      now,
      earliestMs: request.earliestMs ?? 0,
      lifeMs: Math.min(request.lifeMs, this.#endsAt - now),
      random: this.#random,
    });
    this.#ledger.append({
      kind: 'svid-issued',
      spiffeId: request.expected,
      node: request.node,
      serial,
      publicKeySha256: publicKeySha256(allowed.value),
      authorityKeySha256: this.keySha256,
      notBefore,
      notAfter,
    });
    return ok({ chainPem: [pem], serial, notAfter });
  }

  /** Signs a node's membership credential; encoded. It never outlives the CA certificate. */
  issueCredential({
    node,
    publicKey,
    epoch,
    locality,
    earliestMs = 0,
    lifeMs,
  }: CredentialRequest): IssuedCredential {
    const now = this.#clock.now();
    const { certificate } = this.#issuer;
    const notBefore = Math.max(now - BACKDATE_MS, certificate.notBefore, earliestMs);
    const expiresAt = Math.min(now + lifeMs, this.#endsAt);
    const credential = signCredential(this.#issuer, {
      node,
      publicKey,
      epoch,
      notBefore,
      expiresAt,
      ...(locality === undefined ? {} : { locality }),
    });
    this.#ledger.append({
      kind: 'credential-issued',
      node,
      epoch,
      nodeKey: Buffer.from(publicKey).toString('hex'),
      authorityKeySha256: this.keySha256,
      notBefore,
      notAfter: expiresAt,
    });
    return { credential, expiresAt };
  }

  /** The key to sign for, or why not. A CSR's names are never copied: they must equal what is due. */
  #publicKeyFor(
    { csrDer, expected }: IssueRequest,
    now: EpochMs,
  ): Result<PublicKey<'p256'>, IssueRefusal> {
    const { trustDomain } = this.#issuer;
    if (spiffeTrustDomain(expected) !== trustDomain) {
      return refuse('other-trust-domain', `${expected} is not of ${trustDomain}`);
    }
    if (now > this.#endsAt) {
      const end = new Date(this.#endsAt).toISOString();
      return refuse('authority-expired', `the authority’s time ended at ${end}`);
    }
    const csr = parseCsr(csrDer);
    if (!csr.ok) return csr;
    return csr.value.spiffeId === expected
      ? ok(csr.value.publicKey)
      : refuse('other-identity', `it asks for ${csr.value.spiffeId}, due is ${expected}`);
  }
}

const refuse = (reason: IssueRefusal['reason'], detail: string) =>
  err<IssueRefusal>({ reason, detail });

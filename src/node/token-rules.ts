import { trustDomainId } from '../core/index.ts';
import { type PublicJwk, Revocations, TrustBundle } from '../crypto/index.ts';
import {
  bundleEntries,
  type RetiringAuthority,
  type TrustSet,
  tokenKeys,
  upheldAuthorities,
} from '../governance/index.ts';
import {
  type BundleContent,
  type ExchangeRules,
  type RequestAuthentication,
  TokenBundle,
} from '../identity/index.ts';
import type { EpochMs } from '../ports/index.ts';

/** More than keys can end within one version. */
const SEQUENCE_STEP = 10_000;

/** What tokens are made and judged by, as the trust set says. */
export class TokenRules {
  readonly set: TrustSet;
  readonly bundle: TokenBundle;

  constructor(set: TrustSet) {
    this.set = set;
    const revocations = new Revocations(set.revocations, []);
    const upheld = upheldAuthorities(set).filter((one) => !isStolen(one, set));
    this.bundle = new TokenBundle(set.trustDomain, tokenKeys(upheld), revocations);
  }

  /** `iss` of all tokens. */
  get issuer(): string | undefined {
    return this.set.settings.tokenIssuer;
  }

  /** Whom people's tokens are made for: whoever takes them, by the word of the governors. */
  get userAudiences(): ExchangeRules['userAudiences'] {
    const own = this.set.authentications.filter(
      ({ ofMesh, issuer }) => ofMesh === true && issuer === this.issuer,
    );
    return [...new Set(own.flatMap(({ audiences }) => audiences))];
  }

  /** Where issuers publish their keys. */
  get keyAddresses(): readonly string[] {
    return this.set.authentications.flatMap(({ jwksUri }) => jwksUri ?? []);
  }

  /**
   * Whose tokens of people are taken, with the keys that each has now. Of the mesh's own keys only those of
   * authorities that are not limited: a person belongs to no namespace.
   */
  authentications(
    keysAt: (uri: string) => readonly PublicJwk[],
    now: EpochMs,
  ): readonly RequestAuthentication[] {
    return this.set.authentications.map(({ jwksUri, ...authentication }) => {
      if (jwksUri !== undefined) return { ...authentication, keys: keysAt(jwksUri) };
      if (authentication.ofMesh !== true) return authentication;
      const anchors = this.bundle.current(now).filter(({ namespaces }) => namespaces === 'any');
      return { ...authentication, keys: anchors.map(({ jwk }) => jwk) };
    });
  }

  /**
   * What others verify this trust domain's SVIDs with now, and so nothing of an authority that is limited: they would
   * believe it about every name. Its number grows with each change: with the version of
   * the governors' list, and within one with the keys that came to their end.
   */
  bundleContent({ anchors }: TrustBundle, now: EpochMs): BundleContent {
    const unlimited = anchors.filter(({ namespaces }) => namespaces === 'any');
    const good = unlimited.filter(({ certificate, notAfter }) => {
      const signed = {
        spiffeId: trustDomainId(this.set.trustDomain),
        notBefore: now,
        publicKeySha256: '',
        authorityKeySha256: certificate.publicKeySha256,
      };
      return now <= notAfter && this.bundle.revocations.problemOf(signed) === undefined;
    });
    const all = anchors.length + this.bundle.anchors.length;
    const ended = all - good.length - this.bundle.current(now).length;
    return {
      certificatePems: good.map(({ pem }) => pem),
      tokens: this.bundle,
      sequence: this.set.version * SEQUENCE_STEP + ended,
    };
  }
}

/** Whether a CA key of it is revoked: its token key lies beside that one, and who listed it again listed both. */
function isStolen(authority: RetiringAuthority, { trustDomain, revocations }: TrustSet): boolean {
  const keys = new Set(
    revocations.flatMap((one) => (one.kind === 'authority' ? [one.keySha256] : [])),
  );
  if (keys.size === 0) return false;
  const { anchors } = new TrustBundle(trustDomain, bundleEntries([authority]));
  return anchors.some(({ certificate }) => keys.has(certificate.publicKeySha256));
}

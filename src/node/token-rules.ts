import { byText } from '../core/index.ts';
import { type PublicJwk, Revocations } from '../crypto/index.ts';
import { type TrustSet, tokenKeys } from '../governance/index.ts';
import { type ExchangeRules, type RequestAuthentication, TokenBundle } from '../identity/index.ts';
import type { EpochMs } from '../ports/index.ts';

/** What tokens are made and judged by, as the trust set says. */
export class TokenRules {
  readonly set: TrustSet;
  readonly bundle: TokenBundle;

  constructor(set: TrustSet) {
    this.set = set;
    const revocations = new Revocations(set.revocations, []);
    this.bundle = new TokenBundle(set.trustDomain, tokenKeys(set.authorities), revocations);
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
    return this.set.authentications
      .map(({ jwksUri, ...authentication }) => {
        if (jwksUri !== undefined) return { ...authentication, keys: keysAt(jwksUri) };
        if (authentication.ofMesh !== true) return authentication;
        const anchors = this.bundle.current(now).filter(({ namespaces }) => namespaces === 'any');
        return { ...authentication, keys: anchors.map(({ jwk }) => jwk) };
      })
      .toSorted(byText(({ name }) => name));
  }
}

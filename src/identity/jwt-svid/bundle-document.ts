import { certificateJwk } from '../../crypto/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import type { TokenBundle } from './token-bundle.ts';

/** How often others do well to read a bundle again, seconds: it changes when governors change authorities. */
const REFRESH_HINT_SECONDS = 300;

/** What of a trust domain goes into its SPIFFE bundle. */
export interface BundleContent {
  /** CA certificates in force of authorities that are not limited to namespaces, PEM. */
  readonly certificatePems: readonly string[];
  readonly tokens: TokenBundle;
  /** Grows with every change of either. */
  readonly sequence: number;
}

/** The keys that tokens are signed with, as a JWKS (RFC 7517 section 5) that any OpenID client reads. */
export const jwksDocument = (tokens: TokenBundle, now: EpochMs): object => ({
  keys: published(tokens, now).map((jwk) => ({ ...jwk, use: 'sig' })),
});

/** The same as the Workload API hands them out: a SPIFFE bundle of token keys alone. */
export const jwtBundleDocument = (tokens: TokenBundle, now: EpochMs): object => ({
  keys: published(tokens, now).map((jwk) => ({ ...jwk, use: 'jwt-svid' })),
});

/** The bundle of a trust domain (SPIFFE Trust Domain and Bundle, section 4): what others verify its SVIDs with. */
export const bundleDocument = (
  { certificatePems, tokens, sequence }: BundleContent,
  now: EpochMs,
): object => ({
  keys: [
    ...certificatePems.map((pem) => ({ ...certificateJwk(pem), use: 'x509-svid' })),
    ...published(tokens, now).map((jwk) => ({ ...jwk, use: 'jwt-svid' })),
  ],
  spiffe_sequence: sequence,
  spiffe_refresh_hint: REFRESH_HINT_SECONDS,
});

/**
 * Each key once, also where two authorities share one. None of an authority that is limited to namespaces: those
 * outside know of no such limit, and would believe it about every name.
 */
const published = (tokens: TokenBundle, now: EpochMs) => {
  const unlimited = tokens.current(now).filter(({ namespaces }) => namespaces === 'any');
  return [...new Map(unlimited.map(({ jwk }) => [jwk.kid, jwk])).values()];
};

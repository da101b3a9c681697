import type { SpiffeId } from '../../core/index.ts';
import type { EpochMs } from '../../ports/index.ts';

/** The person behind a request, as a token said that was checked. */
export interface EndUser {
  readonly issuer: string;
  /** Unique at its issuer. */
  readonly subject: string;
  readonly groups: readonly string[];
  /** The claims that policies may see, those that the token has; numbers and booleans as text. */
  readonly claims: Readonly<Record<string, string>>;
  /** Who acts for them, by a token of the mesh: first the one it was made for, then those before it. */
  readonly actors?: readonly SpiffeId[];
}

/** Why a token says nothing. Closed, so that it can label a metric. */
export type TokenRefusalReason =
  | 'too-large'
  | 'malformed'
  /** Its header names an extension that must be understood (RFC 7515 section 4.1.11). */
  | 'critical-header'
  /** It is a JWT for another purpose than access (RFC 8725 section 3.11). */
  | 'wrong-type'
  | 'unknown-issuer'
  | 'wrong-audience'
  | 'unknown-key'
  | 'wrong-algorithm'
  | 'bad-signature'
  | 'expired'
  | 'not-yet-valid'
  /** A claim that policies may see, the subject or the groups are not what they must be. */
  | 'wrong-claim'
  /** A workload that acts for the person was revoked after it. */
  | 'revoked'
  /** Too many tokens are being checked: nothing is wrong with this one. */
  | 'overloaded'
  /** The check itself failed; the log says why. */
  | 'check-failed';

export type TokenVerdict =
  | { readonly ok: true; readonly user: EndUser; readonly expiresAt: EpochMs }
  | { readonly ok: false; readonly reason: TokenRefusalReason };

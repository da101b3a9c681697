import type { SpiffeId } from '../core/index.ts';
import type { PolicyUser } from '../policy/index.ts';
import type { EpochMs } from '../ports/index.ts';

export type TokenVerdict =
  | { readonly ok: true; readonly user: PolicyUser; readonly expiresAt: EpochMs }
  /** `reason` is one of a closed set. */
  | { readonly ok: false; readonly reason: string };

/** Says who the end user behind a request is. */
export interface UserTokens {
  /** Is there any issuer whose tokens are taken? Without one a token means nothing here. */
  readonly isConfigured: boolean;
  /** `token` without `Bearer `, which `from` brought. Answers at once where it can; the promise never rejects. */
  check(token: string, from: SpiffeId): TokenVerdict | Promise<TokenVerdict>;
  /** Does what said who `user` is, the one of a verdict, still count? Its end is not looked at. */
  stands(user: PolicyUser): boolean;
}

/** Where no issuer is known. */
export const NO_USERS: UserTokens = {
  isConfigured: false,
  check: () => ({ ok: false, reason: 'unknown-issuer' }),
  stands: () => false,
};

/** The token of `Authorization: Bearer …` (RFC 6750 section 2.1); another scheme brings none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) return undefined;
  return authorization.slice('bearer '.length).trim();
}

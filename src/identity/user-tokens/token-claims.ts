import { err, ok, type Result } from '../../core/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import { CLOCK_TOLERANCE_MS } from '../clock-tolerance.ts';
import type { RequestAuthentication } from './request-authentication.ts';
import type { EndUser, TokenRefusalReason } from './token-verdict.ts';

/** OpenID Connect Core section 2. */
const MAX_SUBJECT_CHARACTERS = 255;
/** Groups of one user: what a large directory puts into a token at most. */
const MAX_GROUPS = 200;

export type Claims = Readonly<Record<string, unknown>>;

/** What a token claims, once its signature is good. */
export interface UserClaim {
  readonly user: EndUser;
  readonly expiresAt: EpochMs;
}

/**
 * When the token ends (RFC 7519 sections 4.1.4 to 4.1.6). It must have an end, and ends by the own clock:
 * the tolerance is for clocks that are behind the issuer's.
 */
export function lifeOf(
  { exp, nbf, iat }: Claims,
  now: EpochMs,
): Result<EpochMs, TokenRefusalReason> {
  if (!isDate(exp) || !isDateOrMissing(nbf) || !isDateOrMissing(iat)) return err('malformed');
  const expiresAt = exp * 1_000;
  if (expiresAt <= now) return err('expired');
  const beginsAt = Math.max(nbf ?? 0, iat ?? 0) * 1_000;
  return beginsAt > now + CLOCK_TOLERANCE_MS ? err('not-yet-valid') : ok(expiresAt);
}

/** Is the token meant for one of `wanted` (RFC 7519 section 4.1.3)? */
export function isMeantFor({ aud }: Claims, wanted: readonly string[]): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return wanted.some((audience) => audiences.includes(audience));
}

/**
 * Who the user is. A claim that is there with another type than a policy can mean refuses the token: left
 * out, it could take the user out of a `forbid`.
 */
export function userOf(
  payload: Claims,
  { issuer, groupsClaim, claims }: RequestAuthentication,
): EndUser | undefined {
  const subject = claimOf(payload, 'sub');
  const groups = groupsOf(claimOf(payload, groupsClaim));
  const seen = new Map<string, string>();
  for (const name of claims) {
    const value = claimOf(payload, name);
    if (value === undefined) continue;
    if (!isScalar(value)) return undefined;
    seen.set(name, String(value));
  }
  if (groups === undefined || typeof subject !== 'string') return undefined;
  if (subject.length === 0 || subject.length > MAX_SUBJECT_CHARACTERS) return undefined;
  return { issuer, subject, groups, claims: Object.fromEntries(seen) };
}

/** Own members only: every object has a `constructor`. What is null is as good as missing. */
const claimOf = (payload: Claims, name: string): unknown =>
  Object.hasOwn(payload, name) ? (payload[name] ?? undefined) : undefined;

function groupsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (groups.length > MAX_GROUPS) return undefined;
  const names = groups.filter((group) => typeof group === 'string');
  return names.length === groups.length ? [...new Set(names)] : undefined;
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

const isDate = (value: unknown): value is number => Number.isFinite(value);

const isDateOrMissing = (value: unknown): value is number | undefined =>
  value === undefined || isDate(value);

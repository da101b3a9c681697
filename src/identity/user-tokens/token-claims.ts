import type { EpochMs } from '../../ports/index.ts';
import type { Claims } from '../token-life.ts';
import type { RequestAuthentication } from './request-authentication.ts';
import type { EndUser } from './token-verdict.ts';

/** OpenID Connect Core section 2. */
const MAX_SUBJECT_CHARACTERS = 255;
/** Groups of one user: what a large directory puts into a token at most. */
const MAX_GROUPS = 200;

/** What a token claims, once its signature is good. */
export interface UserClaim {
  readonly user: EndUser;
  readonly expiresAt: EpochMs;
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
  if (subject.startsWith('spiffe://')) return undefined; // a workload is no person, whoever says so
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

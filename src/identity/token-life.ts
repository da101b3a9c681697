import { err, ok, type Result } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { CLOCK_TOLERANCE_MS } from './clock-tolerance.ts';

export type Claims = Readonly<Record<string, unknown>>;

export type LifeProblem = 'malformed' | 'expired' | 'not-yet-valid';

/**
 * When a token ends (RFC 7519 sections 4.1.4 to 4.1.6). It must have an end, and ends by the own clock:
 * the tolerance is for clocks that are behind the issuer's.
 */
export function lifeOf({ exp, nbf, iat }: Claims, now: EpochMs): Result<EpochMs, LifeProblem> {
  if (!isDate(exp) || !isDateOrMissing(nbf) || !isDateOrMissing(iat)) return err('malformed');
  const expiresAt = exp * 1_000;
  if (expiresAt <= now) return err('expired');
  const beginsAt = Math.max(nbf ?? 0, iat ?? 0) * 1_000;
  return beginsAt > now + CLOCK_TOLERANCE_MS ? err('not-yet-valid') : ok(expiresAt);
}

const isDate = (value: unknown): value is number => Number.isFinite(value);

const isDateOrMissing = (value: unknown): value is number | undefined =>
  value === undefined || isDate(value);

/** When a token was made. One that does not say so is as old as can be. Milliseconds since 1970. */
export const madeAt = ({ iat }: Claims): EpochMs => (typeof iat === 'number' ? iat * 1_000 : 0);

import { describeDuration } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { IdentityError } from './errors.ts';

/**
 * How far the clocks of two members may be apart, in milliseconds. Within it a credential that has
 * just begun or just ended is taken; beyond it a host is told to set its clock, and an authority signs nothing for
 * what runs on it: how long that runs, and so whether a revocation is older, is told by that clock.
 */
export const CLOCK_TOLERANCE_MS = 60_000;

/** One of two clocks that are compared, and whose it is, in words. */
export interface ReadClock {
  readonly whose: string;
  readonly now: EpochMs;
}

/** How much the first clock differs from the second, in words; undefined while that is borne. */
export function clockSkew(one: ReadClock, other: ReadClock): string | undefined {
  const skewMs = Math.abs(one.now - other.now);
  if (skewMs <= CLOCK_TOLERANCE_MS) return undefined;
  const direction = one.now < other.now ? 'behind' : 'ahead of';
  const tolerance = describeDuration(CLOCK_TOLERANCE_MS);
  return `${one.whose} is ${describeDuration(skewMs)} ${direction} ${other.whose}; at most ${tolerance} is borne`;
}

/**
 * For a host that is about to trust its own clock: compares it with another's.
 * @throws IdentityError CLOCK_SKEW
 */
export function requireAgreeingClocks(own: EpochMs, other: EpochMs, otherName: string): void {
  const skew = clockSkew(
    { whose: "this host's clock", now: own },
    { whose: `that of ${otherName}`, now: other },
  );
  if (skew !== undefined) throw new IdentityError('CLOCK_SKEW', skew);
}

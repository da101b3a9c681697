import { describeDuration } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { IdentityError } from './errors.ts';

/**
 * How far the clocks of two members may be apart, in milliseconds. Within it a credential that has
 * just begun or just ended is taken; beyond it a host is told to set its clock.
 */
export const CLOCK_TOLERANCE_MS = 60_000;

/**
 * For a host that is about to trust its own clock: compares it with another's.
 * @throws IdentityError CLOCK_SKEW
 */
export function requireAgreeingClocks(own: EpochMs, other: EpochMs, otherName: string): void {
  const skewMs = Math.abs(own - other);
  if (skewMs <= CLOCK_TOLERANCE_MS) return;
  const direction = own < other ? 'behind' : 'ahead of';
  const tolerance = describeDuration(CLOCK_TOLERANCE_MS);
  throw new IdentityError(
    'CLOCK_SKEW',
    `this host's clock is ${describeDuration(skewMs)} ${direction} that of ${otherName}; at most ${tolerance} is borne`,
  );
}

import { describeDuration } from '../core/index.ts';
import type { TrustConflict } from '../governance/index.ts';
import type { EpochMs } from '../ports/index.ts';

/** After a day without another one it is history: for the log, and for the metric. */
const WORTH_A_LOOK_MS = 24 * 3_600_000;

/**
 * What authorities or governors did that needs a person, in words. That authorities were parted needs nobody: one of
 * them has brought it together.
 */
export const conflictWarnings = (conflicts: readonly TrustConflict[], now: EpochMs): string[] =>
  conflicts
    .filter(({ kind, lastAtMs }) => kind !== 'parted' && now - lastAtMs < WORTH_A_LOOK_MS)
    .map(({ detail, remedy, authority, keyId, times, lastAtMs }) => {
      const signer = authority ?? (keyId === undefined ? undefined : `the online key ${keyId}`);
      const by = signer === undefined ? '' : `by ${signer}, `;
      const often = times === 1 ? 'once' : `${times} times`;
      const ago = describeDuration(Math.max(0, now - lastAtMs));
      return `conflict in the trust repository (${by}${often}, ${ago} ago): ${detail}. ${remedy}`;
    });

import { err, type NodeName, ok, type Result, type SpiffeId } from '../core/index.ts';
import type { Revocations } from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';

/** X.509 knows no less. */
const SECOND_MS = 1_000;

/** What somebody wants an SVID for. */
export interface AttestedWorkload {
  readonly spiffeId: SpiffeId;
  readonly node: NodeName;
  /** Since when the attested process runs, by the clock of its node, milliseconds since 1970. */
  readonly attestedAtMs: EpochMs;
}

/**
 * When the life of a workload's SVID may begin, since its name or its node was revoked; or why it gets none. What begins
 * with the next whole second would be good for nobody before that.
 */
export function earliestBeginning(
  revocations: Revocations,
  { spiffeId, node, attestedAtMs }: AttestedWorkload,
  now: EpochMs,
): Result<EpochMs, string> {
  const earliestMs = revocations.earliestFor(spiffeId, node);
  if (earliestMs === 0) return ok(0);
  if (attestedAtMs >= earliestMs && now >= earliestMs + SECOND_MS) return ok(earliestMs);
  const at = new Date(earliestMs - 1).toISOString();
  return err(`${spiffeId} is revoked on ${node} for all that was started up to ${at}`);
}

import { GovernanceError } from '../errors.ts';
import type { Proposal } from './body.ts';
import { PROPOSAL_CLOCK_TOLERANCE_MS, PROPOSAL_LIFE_MS } from './limits.ts';

/**
 * Is it neither from the future nor over?
 *
 * @throws GovernanceError PROPOSAL_MISDATED, PROPOSAL_CLOSED
 */
export function requireOfNow({ createdAtMs }: Proposal, now: number): void {
  const aheadMs = createdAtMs - now;
  const at = new Date(createdAtMs).toISOString();
  if (aheadMs > PROPOSAL_CLOCK_TOLERANCE_MS) {
    const minutes = Math.round(aheadMs / 60_000);
    const message = `it was made at ${at}, ${minutes} minutes from now by the clock here`;
    throw new GovernanceError('PROPOSAL_MISDATED', message);
  }
  if (-aheadMs < PROPOSAL_LIFE_MS) return;
  throw new GovernanceError('PROPOSAL_CLOSED', `it was made at ${at}, and has expired`);
}

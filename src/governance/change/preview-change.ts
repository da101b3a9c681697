import { GovernanceError } from '../errors.ts';
import type { Proposal } from '../proposal/body.ts';
import type { TrustSet } from '../trust-set.ts';
import { verified } from '../verification/index.ts';
import { nextState } from './next-state.ts';
import { requireNothingHidden } from './nothing-hidden.ts';
import { type Held, openHeld } from './open-held.ts';
import { readParts } from './parts.ts';

/**
 * What the files put in force, for a person who is about to change it.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE
 */
export function heldTrust(held: Held): TrustSet {
  const reading = verified(openHeld(held));
  if (reading.ok) return reading.value.set;
  throw new GovernanceError('TRUST_NOT_GENUINE', reading.error.detail);
}

/**
 * What would be in force if enough people signed `proposal`, and all that they would sign.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_OVERTAKEN, CHANGE_REFUSED, AUTHORITY_UNSOUND
 */
export function previewProposal(held: Held, proposal: Proposal): TrustSet {
  const opened = openHeld(held);
  const next = nextState(opened, readParts(proposal.parts), proposal.contents);
  requireNothingHidden(opened, proposal, next);
  return next.set;
}

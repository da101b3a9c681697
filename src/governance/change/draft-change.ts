import type { SignedChange, TrustFiles, TrustSigner } from '../repository/index.ts';
import type { Target } from '../target.ts';
import { draftProposal } from './draft-proposal.ts';
import { openHeld } from './open-held.ts';
import { assembleChange, signProposal } from './sign-proposal.ts';

/** A change by one governor alone: drafted and signed at once. Undefined when there is nothing to sign. */
export function draftChange(params: {
  readonly held: TrustFiles;
  readonly put: readonly Target[];
  readonly remove: readonly string[];
  readonly governor: TrustSigner;
  readonly now: number;
}): SignedChange | undefined {
  const { governor, ...draft } = params;
  const held = openHeld(params.held);
  const proposal = draftProposal({ ...draft, held, reason: '' });
  if (proposal === undefined) return undefined;
  return assembleChange(held, proposal, [signProposal(held, proposal, governor)]);
}

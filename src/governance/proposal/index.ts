export {
  type Approval,
  decodeProposal,
  encodeProposal,
  type Proposal,
  type ProposalId,
  type ProposalPart,
  type Rejection,
  sealProposal,
} from './body.ts';
export type { PastLists } from './carried-signatures.ts';
export { type ProposalClaim, proposalClaimOf, readProposalClaim, type SaidClaim } from './claim.ts';
export { requireOfNow } from './dates.ts';
export { decodeCarried, decodeVerdict, encodeCarried, encodeVerdict } from './files.ts';
export { OVER_KEPT_MS, PROPOSAL_CLOCK_TOLERANCE_MS, PROPOSAL_LIFE_MS } from './limits.ts';
export { requireLive } from './liveness.ts';
export { askedOf, judgeVerdict, progressOf } from './progress.ts';
export {
  isLive,
  type KnownBody,
  type KnownProposal,
  ProposalBook,
  type ProposalState,
} from './proposal-book.ts';
export { type VersionedPart, versionedParts } from './standing.ts';
export { isRejection, plainVerdict, readVerdict, signRejection, type Verdict } from './verdict.ts';

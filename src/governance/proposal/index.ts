export {
  type Approval,
  decodeProposal,
  encodeProposal,
  type Proposal,
  type ProposalId,
  type ProposalPart,
  type Rejection,
  type Role,
  sealProposal,
  type TargetsRole,
} from './body.ts';
export { claimOf, type ProposalClaim, readClaim, type SaidClaim } from './claim.ts';
export {
  type CarriedProposal,
  decodeCarried,
  decodeVerdict,
  encodeCarried,
  encodeVerdict,
} from './files.ts';
export { isRejection, plainVerdict, readVerdict, signRejection, type Verdict } from './verdict.ts';

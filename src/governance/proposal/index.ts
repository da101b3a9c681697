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

export { createAdminApp } from './app.ts';
export { ChangeFeed } from './change-feed.ts';
export { createAdminClient } from './client.ts';
export { AdminClientError, AdminError } from './errors.ts';
export type { PastChange } from './history-wire.ts';
export {
  PROPOSAL_STATES,
  type ProposalFacts,
  type ProposalItem,
  type ProposalProgress,
  type ProposalView,
} from './proposal-wire.ts';
export type { Explain, ExplanationView, NextKeys } from './requests.ts';
export type { RevocationItem, Revoke } from './revocation-wire.ts';
export type { RolloutNode, RolloutView } from './rollout-wire.ts';
export type { AdminService } from './service.ts';
export type {
  ChangeKind,
  EndpointView,
  EvidenceView,
  MemberView,
  NodeView,
  ServiceView,
  Status,
  WorkloadView,
} from './views.ts';
export {
  DENIAL_REASONS,
  type TurnedCallsView,
  type TurnedCallView,
  type VotesView,
} from './vote-view.ts';
export { describeVotes } from './vote-words.ts';

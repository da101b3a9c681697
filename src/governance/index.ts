export { canonicalJson, type JsonValue } from './canonical-json.ts';
export {
  type DraftParams,
  describeChange,
  draftChange,
  heldTrust,
  type InitTrustParams,
  initTrust,
  mayPublish,
  needsRefresh,
  type PublishParams,
  previewChange,
  publishChange,
  refreshTimestamp,
} from './change/index.ts';
export { GovernanceError, type GovernanceErrorCode, governanceErrors } from './errors.ts';
export {
  createGovernorKey,
  decodeChange,
  decodeFiles,
  decodeOffer,
  encodeChange,
  encodeFiles,
  encodeOffer,
  governorFromPem,
  offerOf,
  openRepository,
  type Repository,
  type SignedChange,
  signerOf,
  type TrustFiles,
  type TrustOffer,
  type TrustRefusal,
  type TrustRefusalReason,
  type TrustSigner,
} from './repository/index.ts';
export {
  API_VERSION,
  DEFAULT_SETTINGS,
  encodeTarget,
  type Place,
  type PlacedDocument,
  parseResources,
  placeAt,
  placeOfValue,
  problemsOfIssues,
  type Resource,
  type ResourceContext,
  type SourceFile,
  type TargetContent,
  targetPath,
} from './resources/index.ts';
export { type PublishReport, TrustSync, type TrustSyncDeps } from './sync/index.ts';
export type { Target } from './target.ts';
export type {
  AuthorityTarget,
  MeshSettings,
  PolicyFile,
  ServiceResource,
  TrustSet,
  WhenStale,
} from './trust-set.ts';
export { type TrustChanged, TrustStore } from './trust-store.ts';
export {
  refusedTrust,
  type SkippedTarget,
  type VerifiedTrust,
  type VerifyTrustParams,
  verifyTrust,
} from './verification/index.ts';

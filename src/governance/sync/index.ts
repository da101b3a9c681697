export type { ConflictKind } from './conflict.ts';
export type { TrustConflict } from './conflict-book.ts';
export { isMerged, mergeRepositories } from './merge.ts';
export { answerRequest, fetchOffer } from './offers.ts';
export { type PublishReport, TrustSync, type TrustSyncDeps } from './trust-sync.ts';

export { answerRequest, fetchOffer } from './offers.ts';
export { type PublishReport, TrustSync, type TrustSyncDeps } from './trust-sync.ts';

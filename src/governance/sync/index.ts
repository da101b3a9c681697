export type { TrustConflict } from './conflict-book.ts';
export { answerRequest } from './offers.ts';
export { type PublishReport, TrustSync } from './trust-sync.ts';

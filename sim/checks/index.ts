export { Agreement } from './agreement.ts';
export type { Check } from './check.ts';
export { EvidenceEverywhere } from './evidence-everywhere.ts';
export { KeptEndpoints } from './kept-endpoints.ts';
export { LivingMembers } from './living-members.ts';
export { NothingLost } from './nothing-lost.ts';
export { TrueRecords } from './true-records.ts';
export { type Load, WithinBounds } from './within-bounds.ts';

export { Campaign } from './campaign.ts';
export type { GovernedMesh } from './governed-mesh.ts';
export { makeGovernedMesh } from './make-governed-mesh.ts';
export { TrustOnlooker } from './trust-onlooker.ts';

export { DB, endpointClaim, N1, N2, nodeClaim, sampleTrust, WEB } from './sample-trust.ts';
export { claimOn, hostOf, ToldRegistry } from './told-registry.ts';

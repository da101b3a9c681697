export { effectiveTargets, type SkippedTarget } from './effective-targets.ts';
export { readTrustSet } from './read-trust-set.ts';
export { refusedTrust } from './refusal-error.ts';
export { type VerifiedTrust, verified, verifyTrust } from './verify-trust.ts';

export { effectiveTargets, type SkippedTarget } from './effective-targets.ts';
export { readTrustSet, type TrustReading, type VerifiedTargets } from './read-trust-set.ts';
export { refusedTrust } from './refusal-error.ts';
export {
  type VerifiedTrust,
  type VerifyTrustParams,
  verified,
  verifyTrust,
} from './verify-trust.ts';

export { readTrustSet, type SkippedTarget, type TrustReading } from './read-trust-set.ts';
export { refusedTrust } from './refusal-error.ts';
export {
  type VerifiedTrust,
  type VerifyTrustParams,
  verified,
  verifyTrust,
} from './verify-trust.ts';

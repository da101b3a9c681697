export { Authority } from './authority.ts';
export { CLOCK_TOLERANCE_MS, clockSkew, requireAgreeingClocks } from './clock-tolerance.ts';
export { IdentityError, type IdentityErrorCode, identityErrors } from './errors.ts';
export {
  formatInvitation,
  formatJoinToken,
  type JoinToken,
  type MeshPin,
  parseInvitation,
  parseJoinToken,
  requireSameMesh,
  requireUsableToken,
} from './join-token.ts';
export {
  type BundleContent,
  bundleDocument,
  type JwtSvidClaims,
  type JwtSvidRefusal,
  jwksDocument,
  jwtBundleDocument,
  mayNameInTokens,
  parseAudiences,
  type SignedToken,
  TOKEN_LIFE_MS,
  TokenBundle,
  type TokenKeyInForce,
  type TokenOrder,
  TokenSigner,
  verifyJwtSvid,
} from './jwt-svid/index.ts';
export {
  type CredentialRefusal,
  firstEpochFrom,
  holderProblem,
  type MembershipCredential,
  verifyCredential,
} from './membership-credential.ts';
export { NODE_NAME_SOURCES, type NodeAttestation } from './node-attestation.ts';
export type {
  Admittance,
  Applicant,
  AttestationRefusal,
  Evidence,
  NodeAttestor,
} from './node-attestor.ts';
export type { ProcessFacts, Registration } from './registration.ts';
export {
  type IdentityQuestion,
  matchingRegistrations,
  needsDigest,
  registrationFor,
} from './registration-match.ts';
export { renewAt, renewBefore, retryAfterMs } from './renewal.ts';
export {
  readShownCredentials,
  showCredentials,
} from './shown-credentials.ts';
export { TokenAttestor } from './token-attestor.ts';
export { TokenBook } from './token-book.ts';
export {
  type ExchangeError,
  type ExchangeOrder,
  type ExchangeRefusal,
  type ExchangeRequest,
  type ExchangeRules,
  judgeExchange,
  readExchangeForm,
  refuseExchange,
  TOKEN_TYPES,
} from './token-exchange/index.ts';
export type { TokenKey } from './token-key.ts';
export {
  MAX_KEY_SET_BYTES,
  type RequestAuthentication,
  readKeySet,
  UserTokens,
} from './user-tokens/index.ts';
export { X509Attestor } from './x509-attestor.ts';

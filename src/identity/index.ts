export {
  Authority,
  type AuthorityParts,
  type CredentialRequest,
  type IssuedCredential,
  type IssuedSvid,
  type IssueRefusal,
  type IssueRequest,
} from './authority.ts';
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
  audiencesOf,
  type BundleContent,
  bundleDocument,
  type JwtSvidClaims,
  type JwtSvidRefusal,
  type JwtSvidRefusalReason,
  jwksDocument,
  jwtBundleDocument,
  MAX_JWT_SVID_BYTES,
  mayNameInTokens,
  parseAudiences,
  type SignedToken,
  TOKEN_LIFE_MS,
  type TokenAnchor,
  TokenBundle,
  type TokenKeyInForce,
  type TokenOrder,
  TokenSigner,
  type TokenSignerParts,
  type TokenSubject,
  verifyJwtSvid,
} from './jwt-svid/index.ts';
export {
  type CredentialRefusal,
  type CredentialRefusalReason,
  firstEpochFrom,
  holderProblem,
  MAX_CREDENTIAL_BYTES,
  type MembershipCredential,
  verifyCredential,
} from './membership-credential.ts';
export { NODE_NAME_SOURCES, type NodeAttestation } from './node-attestation.ts';
export type {
  Admittance,
  Applicant,
  AttestationRefusal,
  Evidence,
  EvidenceOf,
  NodeAttestor,
} from './node-attestor.ts';
export type { ProcessFacts, Registration } from './registration.ts';
export {
  type IdentityQuestion,
  matchingRegistrations,
  needsDigest,
  type RegistrationRefusal,
  registrationFor,
} from './registration-match.ts';
export { type Life, renewAt, renewBefore, retryAfterMs } from './renewal.ts';
export {
  MAX_SHOWN_CREDENTIALS,
  readShownCredentials,
  showCredentials,
} from './shown-credentials.ts';
export { TokenAttestor } from './token-attestor.ts';
export {
  type RedeemRefusal,
  TokenBook,
  type TokenEntry,
  type TokenUser,
} from './token-book.ts';
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
  type EndUser,
  MAX_KEY_SET_BYTES,
  type RequestAuthentication,
  readKeySet,
  type TokenRefusalReason,
  type TokenVerdict,
  UserTokens,
  type UserTokensDeps,
} from './user-tokens/index.ts';
export { X509Attestor, type X509AttestorParts } from './x509-attestor.ts';

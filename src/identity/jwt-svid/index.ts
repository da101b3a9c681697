export { audiencesOf, parseAudiences } from './audience.ts';
export {
  type BundleContent,
  bundleDocument,
  jwksDocument,
  jwtBundleDocument,
} from './bundle-document.ts';
export { MAX_JWT_SVID_BYTES, TOKEN_LIFE_MS } from './limits.ts';
export {
  mayNameInTokens,
  type TokenAnchor,
  TokenBundle,
  type TokenKeyInForce,
} from './token-bundle.ts';
export {
  type SignedToken,
  type TokenOrder,
  TokenSigner,
  type TokenSignerParts,
  type TokenSubject,
} from './token-signer.ts';
export {
  type JwtSvidClaims,
  type JwtSvidRefusal,
  type JwtSvidRefusalReason,
  verifyJwtSvid,
} from './verify-jwt-svid.ts';

export { BACKDATE_MS, createAuthorityCertificate } from './authority-certificate.ts';

export { readCaCertificate } from './ca-certificate.ts';
export { checkListedCa } from './ca-chain.ts';

export { type Certificate, isSameKey, readCertificate, readCertificates } from './certificate.ts';

export { type CsrRefusalReason, parseCsr } from './certificate-request.ts';
export { equalInConstantTime, sha256, sha256Hex } from './digest.ts';
export { MAX_ENTERPRISE_CHAIN, verifyEnterprisePath } from './enterprise-path.ts';
export { CryptoError } from './errors.ts';
export { type Issuer, issueSvid, openIssuer } from './issuer.ts';
export { readJws, signJws, type UnverifiedJws, verifyJws } from './jws.ts';
export {
  ed25519KeySha256,
  generatePrivateKey,
  type PrivateKey,
  type PublicKey,
  privateKeyFromPem,
  privateKeySeed,
  privateKeyToDer,
  privateKeyToPem,
  publicKeyFromRaw,
  publicKeyOf,
  publicKeySha256,
  rawPublicKey,
} from './keys.ts';
export { certificateDer, certificatesInPem, certificateToPem, pemOf, pemSha256 } from './pem.ts';
export { certificateChain, enterpriseKey, hasPossession, provePossession } from './possession.ts';

export {
  type JwsAlgorithm,
  jwsAlgorithmsOf,
  type PublicJwk,
  parsePublicJwk,
} from './public-jwk.ts';
export { createAuthorityCsr, createCsr } from './request-writer.ts';
export {
  isKeySha256,
  isSerial,
  MAX_REVOKED_BY_AUTHORITY,
  type Revocation,
  type RevocationLists,
  Revocations,
  type Revoked,
  type RevokedByAuthority,
  type SignedFacts,
} from './revocations.ts';
export { signContext, signDocument, verifyContext, verifyDocument } from './sign-context.ts';
export { certificateJwk, type TokenKeyJwk, tokenKeyJwk, tokenKeyOf } from './token-key.ts';
export { type Anchor, type BundleEntry, TrustBundle } from './trust-bundle.ts';
export { readVerified, type Verified } from './verified.ts';
export { judgeAgain, type SvidFacts, type SvidRefusalReason, verifySvid } from './verify-svid.ts';
export { websocketAccept } from './websocket-accept.ts';

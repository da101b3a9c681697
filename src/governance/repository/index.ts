export {
  type Delegation,
  delegationsOf,
  delegationsProblem,
  isPathIn,
  namespaceOfPath,
} from './delegations.ts';
export { isPublicKey, type NamedKey, type Signers, tufKey } from './keys.ts';
export { isDue, LIVES_MS } from './lives.ts';
export {
  canonicalOf,
  encodeMetadata,
  encodeSigned,
  expiryMs,
  isNamedBy,
  isSignedFor,
  metaFileOf,
  PUBLISHED_FIELD,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  publishedAtOf,
  SPEC_VERSION,
  tufDate,
} from './metadata.ts';
export { refusal, refuse, type TrustRefusal, type TrustRefusalReason } from './refusal.ts';
export { remembered } from './remembered.ts';
export {
  checkContents,
  type Lists,
  openRepository,
  openRoots,
  type Repository,
  sizeOf,
} from './repository.ts';
export {
  type DelegatedRole,
  delegatedRole,
  fileOf,
  isDelegatedRole,
  isRole,
  namespaceOf,
  type Role,
  roleOfFile,
  type TargetsRole,
} from './roles.ts';
export {
  forgetsNumbers,
  governorsOf,
  makeRoot,
  onlineKeysOf,
  readRoots,
  rootProblem,
  rootSaysSha256,
} from './root.ts';
export { isSignedBy } from './signed-by.ts';
export {
  createGovernorKey,
  governorFromPem,
  isSignatureOver,
  sign,
  signerOf,
  type TrustSigner,
} from './signer.ts';
export { readTargetList } from './target-list.ts';
export {
  isListOf,
  type ListedTarget,
  listedContents,
  listedTargets,
  makeTargets,
} from './targets.ts';
export {
  byHash,
  type DelegatedFiles,
  offerOf,
  type SignedChange,
  type TrustFiles,
  type TrustOffer,
} from './trust-files.ts';
export {
  decodeAs,
  decodeChange,
  decodeFiles,
  decodeOffer,
  encodeChange,
  encodeFiles,
  encodeOffer,
} from './wire.ts';
